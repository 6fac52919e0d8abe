/* SPDX-FileCopyrightText: The Podpis authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The peer of the tests with the tag openssl: libcrypto with its GOST engine. It reads lines of
 * "operation S-boxes meshing key iv data", the last three in hexadecimal, "-" for an empty one, and answers each with
 * a line of hexadecimal. Operations: hash, cnt, cfb (decrypts), mac.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/engine.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned char *unhex(const char *s, size_t *n) {
  *n = strcmp(s, "-") ? strlen(s) / 2 : 0;
  unsigned char *b = calloc(*n + 1, 1);
  for (size_t i = 0; i < *n; i++) {
    unsigned v;
    sscanf(s + 2 * i, "%2x", &v);
    b[i] = v;
  }
  return b;
}

static int hash(const unsigned char *data, size_t n, unsigned char *out) {
  unsigned size = 0;
  return EVP_Digest(data, n, out, &size, EVP_get_digestbyname("md_gost94"), NULL) ? (int)size : -1;
}

static int stream(const char *name, const char *box, int meshing, unsigned char *key, unsigned char *iv, const unsigned char *data, int n,
                  unsigned char *out) {
  EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
  int made = -1, rest = 0;
  /* The S-boxes come last: the engine forgets them when a key is set. */
  if (EVP_CipherInit_ex(c, EVP_get_cipherbyname(name), NULL, key, iv, 0) && EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_SET_SBOX, 0, (void *)box) > 0 &&
      EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_KEY_MESH, meshing, NULL) > 0 && EVP_CipherUpdate(c, out, &made, data, n) &&
      EVP_CipherFinal_ex(c, out + made, &rest))
    made += rest;
  EVP_CIPHER_CTX_free(c);
  return made;
}

static int mac(const char *box, unsigned char *key, const unsigned char *data, size_t n, unsigned char *out) {
  EVP_PKEY *k = NULL;
  size_t size = 4;
  EVP_PKEY_CTX *g = EVP_PKEY_CTX_new_id(NID_id_Gost28147_89_MAC, NULL);
  EVP_MD_CTX *c = EVP_MD_CTX_new();
  int ok = g && EVP_PKEY_keygen_init(g) > 0 && EVP_PKEY_CTX_ctrl_str(g, "paramset", box) > 0 &&
           EVP_PKEY_CTX_ctrl(g, -1, -1, EVP_PKEY_CTRL_SET_MAC_KEY, 32, key) > 0 && EVP_PKEY_keygen(g, &k) > 0 &&
           EVP_DigestSignInit(c, NULL, EVP_get_digestbyname("gost-mac"), NULL, k) > 0 && EVP_DigestSignUpdate(c, data, n) > 0 &&
           EVP_DigestSignFinal(c, out, &size) > 0;
  EVP_MD_CTX_free(c);
  EVP_PKEY_CTX_free(g);
  EVP_PKEY_free(k);
  return ok ? (int)size : -1;
}

int main(void) {
  char operation[16], box[64], *k, *v, *d;
  int meshing;
  ENGINE *e = ENGINE_by_id("gost");
  if (!e || !ENGINE_init(e) || !ENGINE_set_default(e, ENGINE_METHOD_ALL)) {
    fputs("the GOST engine of OpenSSL is not installed\n", stderr);
    return 1;
  }
  while (scanf("%15s %63s %d %ms %ms %ms", operation, box, &meshing, &k, &v, &d) == 6) {
    size_t nk, nv, n;
    unsigned char *key = unhex(k, &nk), *iv = unhex(v, &nv), *data = unhex(d, &n), *out = calloc(n + 64, 1);
    int size = -1;
    if (!strcmp(operation, "hash")) size = hash(data, n, out);
    if (!strcmp(operation, "cnt")) size = stream("gost89-cnt", box, meshing, key, iv, data, n, out);
    if (!strcmp(operation, "cfb")) size = stream("gost89", box, meshing, key, iv, data, n, out);
    if (!strcmp(operation, "mac")) size = mac(box, key, data, n, out);
    if (size < 0) printf("failed");
    for (int i = 0; i < size; i++) printf("%02x", out[i]);
    printf("\n");
    fflush(stdout);
    free(key), free(iv), free(data), free(out), free(k), free(v), free(d);
  }
  return 0;
}
