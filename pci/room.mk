LIB_SRCS += pci/device.c pci/msix.c pci/phb.c pci/phb-rtas.c pci/phb-slots.c pci/phb-tree.c pci/ddw.c pci/eeh.c
