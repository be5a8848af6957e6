// Slow, obvious twins of what the program does fast.
