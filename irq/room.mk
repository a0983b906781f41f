LIB_SRCS += irq/sources.c irq/xics.c irq/xics-papr.c irq/xive.c irq/xive-papr.c
