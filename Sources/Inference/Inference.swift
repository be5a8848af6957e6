// Tokenizes, runs a model reproducibly, yields token distributions behind `Scorer`.
// Reads model files as data and never executes them.
//
//   Scorer             the seam: rows of log-probabilities at every position
//   TransformerModel   a local model: an Architecture bound to the tensors of an OpenModel
//   Architecture       what a model computes, as data; Architectures/ has a file for each family,
//                      Family.all lists them; a new family is one file and one entry
//   Weights/           where weights lie in files and how rows of them become float32
//   Forward/           the arithmetic: layers, attention, experts, output head
//   Scoring            layer by layer over many texts, within a given memory
//   Generation         token by token, greedy or seeded, with the arithmetic of scoring
//   Tokenizer          text to tokens and back
//
// The arithmetic is float32 in one fixed order of every sum (CKernels/include/ck_dot.h): the bits
// of a score do not depend on processor, threads, batch, memory or container.
