/* SPDX-FileCopyrightText: The Podpis authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The peer of the comparison: libcrypto with its GOST engine. Its argument is a folder with signature.der, document,
 * root.pem, ca.pem and crl.pem. It reads lines with a number of milliseconds and answers with the checks a second of
 * processor time. Each check parses the message, verifies it, builds the path and looks into the revocation lists, which
 * are read once.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/conf.h>
#include <openssl/engine.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static void fail(const char *what) {
  fprintf(stderr, "%s\n", what);
  ERR_print_errors_fp(stderr);
  exit(1);
}

static BIO *file(const char *dir, const char *name) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", dir, name);
  BIO *b = BIO_new_file(path, "rb");
  if (!b) fail(path);
  return b;
}

static unsigned char message[1 << 16], document[1 << 16];
static int message_size, document_size;

static int check(X509_STORE *store, STACK_OF(X509) *certs) {
  const unsigned char *p = message;
  CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &p, message_size);
  BIO *content = BIO_new_mem_buf(document, document_size);
  int ok = cms && CMS_verify(cms, certs, store, content, NULL, CMS_BINARY) == 1;
  BIO_free(content);
  CMS_ContentInfo_free(cms);
  return ok;
}

int main(int argc, char **argv) {
  OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, NULL);
  ENGINE *e = ENGINE_by_id("gost");
  if (argc != 2 || !e || !ENGINE_init(e) || !ENGINE_set_default(e, ENGINE_METHOD_ALL)) fail("engine");
  message_size = BIO_read(file(argv[1], "signature.der"), message, sizeof message);
  document_size = BIO_read(file(argv[1], "document"), document, sizeof document);
  X509_STORE *store = X509_STORE_new();
  X509_STORE_add_cert(store, PEM_read_bio_X509(file(argv[1], "root.pem"), NULL, NULL, NULL));
  STACK_OF(X509) *certs = sk_X509_new_null();
  sk_X509_push(certs, PEM_read_bio_X509(file(argv[1], "ca.pem"), NULL, NULL, NULL));
  BIO *lists = file(argv[1], "crl.pem");
  for (X509_CRL *crl; (crl = PEM_read_bio_X509_CRL(lists, NULL, NULL, NULL));) X509_STORE_add_crl(store, crl);
  ERR_clear_error(); /* the end of the file */
  X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
  X509_STORE_set_purpose(store, X509_PURPOSE_ANY);
  if (!check(store, certs)) fail("check");
  document[0] ^= 1;
  if (check(store, certs)) fail("a changed document passes");
  document[0] ^= 1;
  ERR_clear_error();
  int ms;
  while (scanf("%d", &ms) == 1) {
    double start = now(), end = start;
    long count = 0;
    for (; end - start < ms / 1e3; end = now(), count++)
      if (!check(store, certs)) fail("check");
    printf("%.3f\n", count / (end - start));
    fflush(stdout);
  }
  return 0;
}
