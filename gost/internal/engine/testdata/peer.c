// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// The GOST engine of OpenSSL behind a pipe, for tests of gost: it reads commands from the standard input and answers
// on the standard output, in the same order. Package engine starts it and has the other end.
//
// A command is a letter, the number of its fields in one byte, and the fields: four bytes of length, least significant
// first, and as many bytes. An answer is one byte, 1 or 0 for a refusal, and one field. F flushes the answers and has
// none of its own.

#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/conf.h>
#include <openssl/ec.h>
#include <openssl/engine.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Controls of the engine, from its gost_lcl.h.
#define MD_CTRL_SET_KEY (EVP_MD_CTRL_ALG_CTRL + 4)
#define PKEY_CTRL_SET_VKO (EVP_PKEY_ALG_CTRL + 11)
#define PKEY_CTRL_SET_IV 8

enum { max_fields = 8, max_field = 1 << 20, max_sets = 16 };

struct field {
    unsigned char *data;
    size_t size, room;
};

static struct field fields[max_fields], answer;
static int field_count;
static ENGINE *engine;

static void die(const char *what) {
    fprintf(stderr, "peer: %s\n", what);
    ERR_print_errors_fp(stderr);
    exit(1);
}

static void reserve(struct field *f, size_t size) {
    if (f->room < size) {
        f->data = realloc(f->data, size);
        f->room = size;
        if (f->data == NULL) die("memory");
    }
}

static void read_all(void *data, size_t size) {
    if (fread(data, 1, size, stdin) != size) die("the input ends within a command");
}

static size_t read_size(void) {
    unsigned char b[4];
    read_all(b, 4);
    return b[0] | b[1] << 8 | b[2] << 16 | (size_t)b[3] << 24;
}

static void read_fields(void) {
    unsigned char count;
    read_all(&count, 1);
    if (count > max_fields) die("too many fields");
    field_count = count;
    for (int i = 0; i < count; i++) {
        size_t size = read_size();
        if (size > max_field) die("field is too long");
        reserve(&fields[i], size + 1);
        fields[i].size = size;
        read_all(fields[i].data, size);
        fields[i].data[size] = 0; // names are strings
    }
}

static void need(int count) {
    if (field_count != count) die("wrong number of fields");
}

static const char *name(int i) { return (const char *)fields[i].data; }

// number is a field of four bytes.
static int number(int i) {
    unsigned char *b = fields[i].data;
    if (fields[i].size != 4) die("number is not of four bytes");
    return b[0] | b[1] << 8 | b[2] << 16 | b[3] << 24;
}

static const EVP_MD *digest(const char *s) {
    const EVP_MD *md = ENGINE_get_digest(engine, OBJ_txt2nid(s));
    if (md == NULL) die(s);
    return md;
}

// hash name data
static int hash(void) {
    static EVP_MD_CTX *ctx;
    unsigned int size = 0;
    need(2);
    if (ctx == NULL) ctx = EVP_MD_CTX_new();
    reserve(&answer, EVP_MAX_MD_SIZE);
    if (!EVP_DigestInit_ex(ctx, digest(name(0)), engine) || !EVP_DigestUpdate(ctx, fields[1].data, fields[1].size)
        || !EVP_DigestFinal_ex(ctx, answer.data, &size))
        return 0;
    answer.size = size;
    return 1;
}

// mac name key data section master: the numbers are those of OMAC-ACPKM, or 0.
static int mac(void) {
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    unsigned int size = 0;
    need(5);
    int section = number(3), master = number(4);
    reserve(&answer, EVP_MAX_MD_SIZE);
    int ok = EVP_DigestInit_ex(ctx, digest(name(0)), engine)
        && EVP_MD_CTX_ctrl(ctx, MD_CTRL_SET_KEY, (int)fields[1].size, fields[1].data) > 0
        && (section == 0 || EVP_MD_CTX_ctrl(ctx, EVP_CTRL_KEY_MESH, section, &master) > 0)
        && EVP_DigestUpdate(ctx, fields[2].data, fields[2].size) && EVP_DigestFinal_ex(ctx, answer.data, &size);
    answer.size = size;
    EVP_MD_CTX_free(ctx);
    return ok;
}

// cipher name key iv section encrypt data: section is that of CTR-ACPKM, or 0.
static int cipher(void) {
    static EVP_CIPHER_CTX *ctx;
    need(6);
    if (ctx == NULL) ctx = EVP_CIPHER_CTX_new();
    EVP_CIPHER_CTX_reset(ctx);
    const EVP_CIPHER *c = ENGINE_get_cipher(engine, OBJ_txt2nid(name(0)));
    if (c == NULL) die(name(0));
    int section = number(3), size = 0, last = 0;
    reserve(&answer, fields[5].size + 64);
    reserve(&fields[2], 32); // the engine may read a whole block of it
    if (!EVP_CipherInit_ex(ctx, c, engine, fields[1].data, fields[2].data, number(4))
        || !EVP_CIPHER_CTX_set_padding(ctx, 0)
        || (section > 0 && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_KEY_MESH, section, NULL) <= 0)
        || !EVP_CipherUpdate(ctx, answer.data, &size, fields[5].data, (int)fields[5].size)
        || !EVP_CipherFinal_ex(ctx, answer.data + size, &last))
        return 0;
    answer.size = (size_t)(size + last);
    return 1;
}

// old name box meshing key iv data: GOST 28147-89, decryption; the S-boxes by the name of their parameter set.
static int old(void) {
    static EVP_CIPHER_CTX *ctx;
    int size = 0, last = 0;
    need(6);
    if (ctx == NULL) ctx = EVP_CIPHER_CTX_new();
    EVP_CIPHER_CTX_reset(ctx);
    const EVP_CIPHER *c = ENGINE_get_cipher(engine, OBJ_txt2nid(name(0)));
    if (c == NULL) die(name(0));
    reserve(&answer, fields[5].size + 64);
    // The S-boxes come last: the engine forgets them when a key is set.
    if (!EVP_CipherInit_ex(ctx, c, engine, fields[3].data, fields[4].data, 0)
        || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_SET_SBOX, 0, (void *)name(1)) <= 0
        || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_KEY_MESH, number(2), NULL) <= 0
        || !EVP_CipherUpdate(ctx, answer.data, &size, fields[5].data, (int)fields[5].size)
        || !EVP_CipherFinal_ex(ctx, answer.data + size, &last))
        return 0;
    answer.size = (size_t)(size + last);
    return 1;
}

// old_mac box key data: the code of GOST 28147-89, with meshing.
static int old_mac(void) {
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *generate = EVP_PKEY_CTX_new_id(NID_id_Gost28147_89_MAC, engine);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    need(3);
    answer.size = 4;
    reserve(&answer, answer.size);
    int ok = generate != NULL && EVP_PKEY_keygen_init(generate) > 0 && EVP_PKEY_CTX_ctrl_str(generate, "paramset", name(0)) > 0
        && EVP_PKEY_CTX_ctrl(generate, -1, -1, EVP_PKEY_CTRL_SET_MAC_KEY, (int)fields[1].size, fields[1].data) > 0
        && EVP_PKEY_keygen(generate, &key) > 0 && EVP_DigestSignInit(ctx, NULL, digest("gost-mac"), engine, key) > 0
        && EVP_DigestSignUpdate(ctx, fields[2].data, fields[2].size) > 0 && EVP_DigestSignFinal(ctx, answer.data, &answer.size) > 0;
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_CTX_free(generate);
    EVP_PKEY_free(key);
    return ok;
}

// Parameter sets are named by their short names; a key of each is made once, for its group.
static struct set {
    char name[64];
    int type;
    EVP_PKEY *template;
} sets[max_sets];

static struct set *find_set(int bits, const char *param) {
    char full[64];
    snprintf(full, sizeof full, "%d %s", bits, param);
    for (int i = 0; i < max_sets; i++) {
        struct set *s = &sets[i];
        if (strcmp(s->name, full) == 0) return s;
        if (s->name[0] != 0) continue;
        s->type = bits == 256 ? NID_id_GostR3410_2012_256 : NID_id_GostR3410_2012_512;
        EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(s->type, engine);
        if (ctx == NULL || EVP_PKEY_keygen_init(ctx) <= 0 || EVP_PKEY_CTX_ctrl_str(ctx, "paramset", param) <= 0
            || EVP_PKEY_keygen(ctx, &s->template) <= 0)
            die(param);
        EVP_PKEY_CTX_free(ctx);
        strcpy(s->name, full);
        return s;
    }
    die("too many sets");
    return NULL;
}

static BIGNUM *coordinate(const unsigned char *data, size_t size) { return BN_lebin2bn(data, (int)size, NULL); }

// make_key returns a key with a private number, a public point x ‖ y, or NULL if the point is not on the curve. Either
// may be absent. Everything is little-endian.
static EVP_PKEY *make_key(struct set *s, const struct field *d, const struct field *xy) {
    const EC_GROUP *group = EC_KEY_get0_group((const EC_KEY *)EVP_PKEY_get0(s->template));
    EC_KEY *ec = EC_KEY_new();
    int ok = EC_KEY_set_group(ec, group);
    if (ok && d != NULL) {
        BIGNUM *number = coordinate(d->data, d->size);
        ok = EC_KEY_set_private_key(ec, number);
        BN_clear_free(number);
    }
    if (ok && xy != NULL) {
        size_t half = xy->size / 2;
        EC_POINT *point = EC_POINT_new(group);
        BIGNUM *x = coordinate(xy->data, half), *y = coordinate(xy->data + half, half);
        ok = EC_POINT_set_affine_coordinates(group, point, x, y, NULL) && EC_KEY_set_public_key(ec, point);
        BN_free(x);
        BN_free(y);
        EC_POINT_free(point);
    }
    EVP_PKEY *key = EVP_PKEY_new();
    if (!ok || !EVP_PKEY_assign(key, s->type, ec)) {
        EC_KEY_free(ec);
        EVP_PKEY_free(key);
        return NULL;
    }
    return key;
}

// sign bits set d digest
static int sign(void) {
    need(4);
    EVP_PKEY *key = make_key(find_set(number(0), name(1)), &fields[2], NULL);
    if (key == NULL) return 0;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, engine);
    answer.size = 256;
    reserve(&answer, answer.size);
    int ok = ctx != NULL && EVP_PKEY_sign_init(ctx) > 0
        && EVP_PKEY_sign(ctx, answer.data, &answer.size, fields[3].data, fields[3].size) > 0;
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(key);
    return ok;
}

// verify bits set xy digest signature
static int verify(void) {
    need(5);
    EVP_PKEY *key = make_key(find_set(number(0), name(1)), NULL, &fields[2]);
    if (key == NULL) return 0;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, engine);
    int ok = ctx != NULL && EVP_PKEY_verify_init(ctx) > 0
        && EVP_PKEY_verify(ctx, fields[4].data, fields[4].size, fields[3].data, fields[3].size) > 0;
    answer.size = 0;
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(key);
    return ok;
}

// vko bits set d xy ukm digest-bits
static int vko(void) {
    need(6);
    struct set *s = find_set(number(0), name(1));
    EVP_PKEY *mine = make_key(s, &fields[2], NULL), *theirs = make_key(s, NULL, &fields[3]);
    EVP_PKEY_CTX *ctx = mine == NULL ? NULL : EVP_PKEY_CTX_new(mine, engine);
    int md = number(5) == 256 ? NID_id_GostR3411_2012_256 : NID_id_GostR3411_2012_512;
    answer.size = 64;
    reserve(&answer, answer.size);
    int ok = theirs != NULL && ctx != NULL && EVP_PKEY_derive_init(ctx) > 0 && EVP_PKEY_derive_set_peer(ctx, theirs) > 0
        && EVP_PKEY_CTX_ctrl(ctx, -1, EVP_PKEY_OP_DERIVE, PKEY_CTRL_SET_IV, (int)fields[4].size, fields[4].data) > 0
        && EVP_PKEY_CTX_ctrl(ctx, -1, EVP_PKEY_OP_DERIVE, PKEY_CTRL_SET_VKO, md, NULL) > 0
        && EVP_PKEY_derive(ctx, answer.data, &answer.size) > 0;
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(mine);
    EVP_PKEY_free(theirs);
    return ok;
}

static void write_answer(int ok) {
    if (!ok) answer.size = 0;
    unsigned char head[5] = {(unsigned char)ok, answer.size & 255, answer.size >> 8 & 255, answer.size >> 16 & 255, answer.size >> 24 & 255};
    fwrite(head, 1, sizeof head, stdout);
    fwrite(answer.data, 1, answer.size, stdout);
    ERR_clear_error();
}

int main(void) {
    static char in[1 << 16], out[1 << 16];
    setvbuf(stdin, in, _IOFBF, sizeof in);
    setvbuf(stdout, out, _IOFBF, sizeof out);
    // No settings of the machine: the engine must be loaded once, and by us.
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
    ENGINE_load_dynamic();
    engine = ENGINE_by_id("gost");
    if (engine == NULL || !ENGINE_init(engine) || !ENGINE_set_default(engine, ENGINE_METHOD_ALL)) die("no engine gost");
    for (int command; (command = getchar()) != EOF;) {
        read_fields();
        switch (command) {
        case 'H': write_answer(hash()); break;
        case 'M': write_answer(mac()); break;
        case 'C': write_answer(cipher()); break;
        case 'O': write_answer(old()); break;
        case 'I': write_answer(old_mac()); break;
        case 'S': write_answer(sign()); break;
        case 'V': write_answer(verify()); break;
        case 'A': write_answer(vko()); break;
        case 'F': fflush(stdout); break;
        default: die("unknown command");
        }
    }
    return 0;
}
