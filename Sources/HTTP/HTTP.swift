// Strict HTTP/1.1 messages, client and server loops.
