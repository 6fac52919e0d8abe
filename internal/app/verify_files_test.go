// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build browser && openssl

package app

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"os"
	"path/filepath"
	"testing"

	"podpis/internal/service/ca"
	"podpis/internal/service/servicetest"
	"podpis/pki/alg"
	"podpis/pki/pades"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
	"podpis/pki/xades"
	"podpis/sign"
)

// private stands in every document: no request may hold it.
const private = "никому не показывать: 4276"

// signedFiles are documents signed with certificates of an installation's authority, as
// files.
type signedFiles struct {
	t   *testing.T
	dir string
	app *App
}

func (f *signedFiles) file(name string, content []byte) string {
	f.t.Helper()
	name = filepath.Join(f.dir, name)
	if err := os.WriteFile(name, content, 0o600); err != nil {
		f.t.Fatal(err)
	}
	return name
}

func (f *signedFiles) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// signer is a holder with a certificate of the authority.
func (f *signedFiles) signer(name string, kind alg.Kind) (*alg.PrivateKey, sign.Options) {
	f.t.Helper()
	key, request := servicetest.Request(f.t, kind)
	issued, err := f.app.authority.Issue(context.Background(), ca.Order{
		Key: "browser/" + name, Profile: "person", Request: request, Approval: []byte{1}, ApprovedBy: "account/o", OrderedBy: "account/h",
		Subject: map[string]string{
			"CN": name, "SN": "Соколова", "G": "Анна Ивановна", "C": "RU", "ST": "16 Республика Татарстан", "L": "Казань",
			"INN": "990000001704", "SNILS": "99000000153", "E": "anna@example.org",
		},
	})
	f.must(err)
	cert, err := x509.ParseCertificate(issued.DER)
	f.must(err)
	return key, sign.Options{Certificate: cert, Chain: f.app.authority.Chain()[:1], Time: f.app.db.Now()}
}

// judged is what is handed in, and how the heading of the answer begins.
type judged struct {
	name, heading string
	files         []string
}

// all are the files of the walk: each with the answer it deserves.
func (f *signedFiles) all() []judged {
	f.t.Helper()
	ctx := context.Background()
	key, o := f.signer("Соколова Анна Ивановна", alg.GOST256B)
	text := []byte("Договор. " + private)
	document := f.file("договор.txt", text)
	detached, err := sign.Detached(ctx, rand.Reader, bytes.NewReader(text), key, o)
	f.must(err)
	signature := f.file("договор.txt.sig", detached)
	var attached bytes.Buffer
	f.must(sign.Attached(ctx, rand.Reader, &attached, bytes.NewReader(text), key, o))
	rsaKey, rsa := f.signer("Иванов Иван Иванович", alg.P256)
	other, err := sign.Detached(ctx, rand.Reader, bytes.NewReader(text), rsaKey, rsa)
	f.must(err)

	file := pkitest.PDF([]byte(private))
	tail, err := sign.PDF(ctx, rand.Reader, bytes.NewReader(file), int64(len(file)), key, o, pades.Options{Reason: "договор"})
	f.must(err)
	p, err := xades.Enveloped(xades.Template{Certificate: o.Certificate, Chain: o.Chain, Time: o.Time}, []byte("<order><note>"+private+"</note></order>"))
	f.must(err)
	signedXML, err := sign.XML(ctx, rand.Reader, p, key, o)
	f.must(err)

	gone, g := f.signer("Петров Пётр Петрович", alg.GOST256A)
	revoked, err := sign.Detached(ctx, rand.Reader, bytes.NewReader(text), gone, g)
	f.must(err)
	f.must(f.app.authority.Revoke(ctx, "account/h", g.Certificate.Serial.Hex(), x509.ReasonKeyCompromise))
	f.must(f.app.authority.PublishLists(ctx))

	return []judged{
		{"cms", "Подпись верна", []string{document, signature}},
		{"changed", "Подпись неверна", []string{f.file("другой.txt", []byte("Другой договор")), signature}},
		{"attached", "Подпись верна", []string{f.file("договор.p7m", attached.Bytes())}},
		{"p256", "Подпись верна", []string{document, f.file("подпись-иванова.sig", other)}},
		{"pdf", "Подпись верна", []string{f.file("договор.pdf", append(file, tail...))}},
		{"pdf-changed", "Подпись неверна", []string{f.file("изменён.pdf", bytes.Replace(append(file, tail...), []byte("595 842"), []byte("595 843"), 1))}},
		{"xml", "Подпись верна", []string{f.file("заказ.xml", signedXML)}},
		{"container", "Подпись верна", []string{f.file("договор.asice", container(f.t, text, detached))}},
		{"revoked", "Проверить до конца не удалось", []string{document, f.file("отозванная.sig", revoked)}},
		{"certificate", "Сертификат действителен", []string{f.file("соколова.cer", o.Certificate.Raw)}},
		{"certificate-pem", "Сертификат действителен", []string{f.file("соколова.pem", x509.EncodePEM("CERTIFICATE", o.Certificate.Raw))}},
		{"certificate-revoked", "Сертификат отозван", []string{f.file("петров.cer", g.Certificate.Raw)}},
		{"plain", "Подписи здесь нет", []string{document}},
	}
}

// container is ASiC-S: a document and its signature (EN 319 162-1, 4.3).
func container(t *testing.T, document, signature []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range []struct {
		name    string
		method  uint16
		content []byte
	}{{"mimetype", zip.Store, []byte("application/vnd.etsi.asic-s+zip")}, {"договор.txt", zip.Deflate, document}, {"META-INF/signature.p7s", zip.Deflate, signature}} {
		w, err := z.CreateHeader(&zip.FileHeader{Name: f.name, Method: f.method})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(f.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// foreign is a signature by a stranger.
func (f *signedFiles) foreign() judged {
	f.t.Helper()
	root := pkitest.Root(f.t, alg.GOST256A, "CN=Чужой корень")
	signer := root.Signer(f.t, alg.GOST256A, "CN=Чужой")
	text := []byte("Чужой договор. " + private)
	signature, err := sign.Detached(context.Background(), rand.Reader, bytes.NewReader(text), signer.Key, sign.Options{Certificate: signer.Cert, Time: pkitest.Now})
	f.must(err)
	return judged{"foreign", "Проверить до конца не удалось", []string{f.file("чужой.txt", text), f.file("чужой.sig", signature)}}
}

// big is a pair of 10 MB.
func (f *signedFiles) big() judged {
	f.t.Helper()
	key, o := f.signer("Большакова Вера Павловна", alg.GOST256B)
	text := bytes.Repeat([]byte(base64.StdEncoding.EncodeToString([]byte(private))), 10_000_000/52)
	signature, err := sign.Detached(context.Background(), rand.Reader, bytes.NewReader(text), key, o)
	f.must(err)
	return judged{"big", "Подпись верна", []string{f.file("архив.bin", text), f.file("архив.bin.sig", signature)}}
}
