// Strict HTTP/1.1 (RFC 9110, RFC 9112): a server loop, its parts as pure values, and a small
// client.
//
//   HeadScanner, RequestHead, Target, ChunkedDecoder   bytes to values, total, no I/O
//   Response, Event                                    values to bytes
//   Handler, Admission, Reply                          the seam to what is served
//   Server, Loop, Connection, Transport                sockets, time and order
//   ListenAddress, ListeningSocket, HostNames          where and for whom it listens
//
// Sockets are touched nowhere else in the program. Where the RFCs let a server guess, this one
// refuses: a message that two programs can read in two ways is an attack or a mistake.
