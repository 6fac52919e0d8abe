/* SPDX-FileCopyrightText: The Podpis authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The peer of the table: libcrypto with its GOST engine. It reads lines
 * "operation name milliseconds" and answers with operations (or octets) a second of
 * processor time, or with "-" for what the engine does not have.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/engine.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static EVP_PKEY *generate(const char *set, int bits) {
  EVP_PKEY *key = NULL;
  EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_id(bits == 512 ? NID_id_GostR3410_2012_512 : NID_id_GostR3410_2012_256, NULL);
  if (!c || EVP_PKEY_keygen_init(c) <= 0 || EVP_PKEY_CTX_ctrl_str(c, "paramset", set) <= 0) return NULL;
  EVP_PKEY_keygen(c, &key);
  EVP_PKEY_CTX_free(c);
  return key;
}

static double signature(const char *name, int verify, double seconds) {
  int bits = name[0] == '5' ? 512 : 256;
  const char *set = strchr(name, ':');
  unsigned char digest[64], sig[256];
  size_t n = sizeof sig;
  memset(digest, 0x5a, sizeof digest);
  EVP_PKEY *key = generate(set ? set + 1 : "A", bits);
  if (!key) return -1;
  EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(key, NULL), *v = EVP_PKEY_CTX_new(key, NULL);
  if (EVP_PKEY_sign_init(c) <= 0 || EVP_PKEY_sign(c, sig, &n, digest, bits / 8) <= 0 || EVP_PKEY_verify_init(v) <= 0 ||
      EVP_PKEY_verify(v, sig, n, digest, bits / 8) != 1)
    return -1;
  double start = now(), end = start;
  long count = 0;
  for (; end - start < seconds; end = now(), count += 4)
    for (int i = 0; i < 4; i++) {
      n = sizeof sig;
      if (verify ? EVP_PKEY_verify(v, sig, 2 * bits / 8, digest, bits / 8) != 1 : EVP_PKEY_sign(c, sig, &n, digest, bits / 8) <= 0)
        return -1;
    }
  EVP_PKEY_CTX_free(c);
  EVP_PKEY_CTX_free(v);
  EVP_PKEY_free(key);
  return count / (end - start);
}

static unsigned char buffer[1 << 20];

static double digest(const char *name, double seconds) {
  const EVP_MD *md = EVP_get_digestbyname(name);
  EVP_MD_CTX *c = EVP_MD_CTX_new();
  unsigned char out[64];
  double octets = 0, start = now(), end = start;
  if (!md) return -1;
  for (; end - start < seconds; end = now(), octets += sizeof buffer)
    if (!EVP_DigestInit_ex(c, md, NULL) || !EVP_DigestUpdate(c, buffer, sizeof buffer) || !EVP_DigestFinal_ex(c, out, NULL)) return -1;
  EVP_MD_CTX_free(c);
  return octets / (end - start);
}

static double encipher(const char *name, double seconds) {
  const EVP_CIPHER *cipher = EVP_get_cipherbyname(name);
  EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
  unsigned char key[32] = {1}, iv[16] = {2};
  int n;
  double octets = 0, start, end;
  if (!cipher || !EVP_EncryptInit_ex(c, cipher, NULL, key, iv)) return -1;
  for (start = end = now(); end - start < seconds; end = now(), octets += sizeof buffer)
    if (!EVP_EncryptUpdate(c, buffer, &n, buffer, sizeof buffer)) return -1;
  EVP_CIPHER_CTX_free(c);
  return octets / (end - start);
}

int main(void) {
  char operation[16], name[64];
  int milliseconds;
  ENGINE *e = ENGINE_by_id("gost");
  if (!e || !ENGINE_init(e) || !ENGINE_set_default(e, ENGINE_METHOD_ALL)) {
    fputs("the GOST engine of OpenSSL is not installed\n", stderr);
    return 1;
  }
  while (scanf("%15s %63s %d", operation, name, &milliseconds) == 3) {
    double seconds = milliseconds / 1e3, r = -1;
    if (!strcmp(operation, "sign")) r = signature(name, 0, seconds);
    if (!strcmp(operation, "verify")) r = signature(name, 1, seconds);
    if (!strcmp(operation, "digest")) r = digest(name, seconds);
    if (!strcmp(operation, "cipher")) r = encipher(name, seconds);
    printf("%.1f\n", r);
    fflush(stdout);
  }
  return 0;
}
