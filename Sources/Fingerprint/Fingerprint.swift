// Names a model: files, bundle, tensors; signs and verifies bundles; matches copies.
