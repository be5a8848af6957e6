// The system's OpenSSL, as Swift sees it, and the macros that Swift cannot import.
// Each wrapper is one call; no logic lives here.
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

// `BIO_get_mem_data` is a macro over a variadic control call.
static inline long assay_bio_memory(BIO *bio, char **data) { return BIO_get_mem_data(bio, data); }

// The stack functions of a type are macros.
static inline STACK_OF(X509) *assay_x509_stack_new(void) { return sk_X509_new_null(); }
static inline int assay_x509_stack_push(STACK_OF(X509) *stack, X509 *certificate) {
  return sk_X509_push(stack, certificate);
}
static inline void assay_x509_stack_free(STACK_OF(X509) *stack) { sk_X509_free(stack); }
