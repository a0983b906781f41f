BENCHES += tests/bench/interpreter.c
