/* Between the files of the host bridge. */
#ifndef PCI_PHB_INTERNAL_H
#define PCI_PHB_INTERNAL_H

#include "pci/phb.h"

void phb_reset(void *self);
void phb_write_tree(void *self, struct tree *tree, enum tree_stage stage);

#endif
