/* Between the files of the host bridge. */
#ifndef PCI_PHB_INTERNAL_H
#define PCI_PHB_INTERNAL_H

#include "pci/phb.h"

void phb_reset(void *self);
void phb_write_tree(void *self, struct tree *tree, enum tree_stage stage);

/* A function's node as its connector hands it out, below the root. */
void phb_write_function(const struct pci_device *d, struct tree *t, char *path, size_t size);
void phb_path(const struct phb *phb, char *path, size_t size);

/* phb-slots.c: the connectors of a bridge, a function each. */
bool phb_add_connectors(struct phb *phb, struct error *err);
bool phb_attach(struct pci_device *d, struct error *err);
void phb_detach(struct pci_device *d);
uint32_t phb_connector_of(const struct pci_device *d);

#endif
