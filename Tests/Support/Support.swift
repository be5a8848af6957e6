// What tests share: generators, fixed clocks, temporary folders.
