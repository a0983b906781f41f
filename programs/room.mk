LPAR_SRCS += programs/lpar.c programs/tools.c
LPAR_DT_SRCS += programs/lpar-dt/main.c programs/lpar-dt/sources.c programs/lpar-dt/compare.c
LPAR_DT_SRCS += programs/lpar-dt/print.c programs/lpar-dt/decode.c programs/lpar-dt/decode-cpu.c programs/lpar-dt/vectors.c
LPAR_CONFORM_SRCS += programs/lpar-conform/main.c programs/lpar-conform/cases.c programs/lpar-conform/run.c \
	programs/lpar-conform/report.c programs/lpar-conform/coverage.c
