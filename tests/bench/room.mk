BENCHES += tests/bench/interpreter.c tests/bench/load-image.c
