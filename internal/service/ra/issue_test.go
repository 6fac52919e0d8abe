// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ra_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"podpis/internal/platform/problem"
	"podpis/internal/service/ca"
	"podpis/internal/service/ra"
	"podpis/internal/service/servicetest"
	"podpis/pki/alg"
	"podpis/pki/x509"
)

// The certificate says what was approved, for the key of the request, signed by
// the authority; a GOST key like any other.
func TestIssue(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for _, kind := range []alg.Kind{alg.P256, alg.GOST256A} {
		id := d.arrive(ra.Approved)
		d.keys[id], d.requests[id] = servicetest.Request(t, kind)
		refused(t, d.AskIssue(ctx, d.anna, id, false), problem.Invalid, "ra.issue.agree")
		must(t, d.AskIssue(ctx, d.anna, id, true))
		_, err := d.OrderCertificate(ctx, d.anna, id, servicetest.Wrong(d.Codes(phone)...), d.requests[id])
		refused(t, err, problem.Invalid, "auth.code.wrong")
		_, err = d.OrderCertificate(ctx, d.anna, id, d.Code(phone), []byte("no request"))
		refused(t, err, problem.Invalid, "ra.request.broken")
		if s := d.get(d.anna, id).State; s != ra.Approved {
			t.Fatalf("%s after refusals", s)
		}
		issued, err := d.OrderCertificate(ctx, d.anna, id, d.Code(phone), d.requests[id])
		must(t, err)
		cert, err := x509.ParseCertificate(issued.DER)
		must(t, err)
		if got := cert.Subject.String(); !strings.Contains(got, "Соколова Анна Ивановна") || !strings.Contains(got, "990000001704") {
			t.Errorf("subject %s", got)
		}
		if !bytes.Equal(x509.KeyID(cert.PublicKey), x509.KeyID(d.keys[id].PublicKey())) {
			t.Error("another key")
		}
		must(t, cert.CheckSignatureFrom(d.Authority.Chain()[0]))
		a := d.get(d.anna, id)
		if a.State != ra.Ready || a.Serial != issued.Serial.Hex() || event(a, ra.Issue).Words != a.Serial {
			t.Errorf("%+v", a)
		}
		d.Deliver() // the event finds it told already
		refused(t, d.Installed(ctx, d.anna, id, []byte("no signature")), problem.Invalid, "ra.install.not_pair")
		must(t, d.install(id))
		must(t, d.install(id))
		if n := len(d.get(d.anna, id).Events) - len(a.Events); n != 1 {
			t.Errorf("%d events of the installation", n)
		}
	}
}

// The same order again is the same certificate: after a lost answer, in two tabs,
// at once.
func TestOrderOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.arrive(ra.Approved)
	d.keys[id], d.requests[id] = servicetest.Request(t, alg.P256)
	must(t, d.AskIssue(ctx, d.anna, id, true))
	code := d.Code(phone)
	type answer struct {
		ca.Issuance
		err error
	}
	answers := make(chan answer, 4)
	for range cap(answers) {
		go func() {
			i, err := d.OrderCertificate(ctx, d.anna, id, code, d.requests[id])
			answers <- answer{i, err}
		}()
	}
	serials := map[string]bool{}
	for range cap(answers) {
		a := <-answers
		switch {
		case a.err == nil:
			serials[a.Serial.Hex()] = true
		case problem.KindOf(a.err) != problem.Unavailable: // the other tab is being served
			t.Error(a.err)
		}
	}
	again, err := d.OrderCertificate(ctx, d.anna, id, "", d.requests[id])
	must(t, err)
	serials[again.Serial.Hex()] = true
	d.Deliver()
	if a := d.get(d.anna, id); len(serials) != 1 || a.State != ra.Ready || !serials[a.Serial] || d.Count("certificate", "state = 'issued' AND profile = 'person'") != 1 {
		t.Errorf("serials %v, application %s %s", serials, a.State, a.Serial)
	}
	// Another key is another order, and this one is over.
	_, other := servicetest.Request(t, alg.P256)
	_, err = d.OrderCertificate(ctx, d.anna, id, code, other)
	refused(t, err, problem.Conflict, "ra.state.ready")
}

// A tab that comes while the first is being signed does not end its order.
func TestOrderUnderWay(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.arrive(ra.Approved)
	d.Key.Before(func() error {
		d.Key.Before(nil)
		_, err := d.OrderCertificate(ctx, d.anna, id, "", d.requests[id])
		if problem.KindOf(err) != problem.Unavailable {
			t.Errorf("the second tab: %v", err)
		}
		_, other := servicetest.Request(t, alg.P256)
		_, err = d.OrderCertificate(ctx, d.anna, id, "", other)
		refused(t, err, problem.Conflict, "ra.state.issuing")
		return nil
	})
	must(t, d.order(d.anna, id))
	if a := d.get(d.anna, id); a.State != ra.Ready || a.Serial == "" {
		t.Errorf("%s %q", a.State, a.Serial)
	}
}

// A refusal of the authority gives the application back with its reason, and
// another key can be tried.
func TestAuthorityRefuses(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	first := d.arrive(ra.Ready)
	id := d.arrive(ra.Approved)
	d.keys[id], d.requests[id] = d.keys[first], d.requests[first]
	refused(t, d.order(d.anna, id), problem.Conflict, "ca.key.taken")
	a := d.get(d.anna, id)
	if a.State != ra.Approved || event(a, ra.Fail).Words != "ca.key.taken" {
		t.Errorf("%s, %+v", a.State, a.Events)
	}
	delete(d.requests, id)
	must(t, d.order(d.anna, id))
}

// A key that fails gives the application back by the authority's event; an event
// of an order that is over does not touch the next one.
func TestSignerFails(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.arrive(ra.Approved)
	d.orderUnfinished(id)
	if s := d.get(d.anna, id).State; s != ra.Issuing {
		t.Fatalf("%s before the event", s)
	}
	old := d.orderKey(id)
	d.Deliver()
	a := d.get(d.anna, id)
	if a.State != ra.Approved || event(a, ra.Fail).Words != "ca.order.abandoned" {
		t.Fatalf("%s, %+v", a.State, a.Events)
	}
	must(t, d.orderOnly(id)) // another key
	d.tell(ca.CertificateAbandoned{Serial: "01", OrderKey: old})
	d.tell(ca.CertificateIssued{Serial: "01", OrderKey: old})
	if s := d.get(d.anna, id).State; s != ra.Issuing {
		t.Errorf("%s after events of the old order", s)
	}
	must(t, d.order(d.anna, id))
	if a := d.get(d.anna, id); a.State != ra.Ready || a.Serial == "01" {
		t.Errorf("%s %s", a.State, a.Serial)
	}
	// Orders of the command line are nobody's application.
	d.tell(ca.CertificateIssued{Serial: "01", OrderKey: "none/01"})
	d.tell(ca.CertificateAbandoned{Serial: "01", OrderKey: "none/01"})
	d.tell(ca.CertificateIssued{Serial: "01", OrderKey: "plain"})
	d.tell(ca.CertificateAbandoned{Serial: "01", OrderKey: "plain"})
	if n := d.Count("job", "state = 'dead' OR attempt > 1"); n != 0 {
		t.Errorf("%d jobs failed", n)
	}
}

// What a crash leaves halfway is found: an order that never reached the authority
// is given back, a certificate that nobody told of is recorded.
func TestReconcile(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	lost, issued, young := d.arrive(ra.Issuing), d.arrive(ra.Approved), ""
	d.keys[issued], d.requests[issued] = servicetest.Request(t, alg.P256)
	must(t, d.AskIssue(ctx, d.anna, issued, true))
	order, err := d.OrderOnly(ctx, d.anna, issued, d.Code(phone), d.requests[issued])
	must(t, err)
	done, err := d.Authority.Issue(ctx, order)
	must(t, err)
	d.exec("DELETE FROM job") // and the event is lost
	d.Clock.Pass(4 * time.Minute)
	young = d.arrive(ra.Issuing)
	d.Clock.Pass(time.Minute + time.Second)
	must(t, d.Reconcile(ctx))
	for id, want := range map[string]ra.State{lost: ra.Approved, issued: ra.Ready, young: ra.Issuing} {
		if got := d.get(d.anna, id).State; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if a := d.get(d.anna, issued); a.Serial != done.Serial.Hex() {
		t.Errorf("serial %s", a.Serial)
	}
	delete(d.requests, lost)
	must(t, d.order(d.anna, lost))
}

// An answer that is lost on its way is made good by the event.
func TestEventRecordsTheCertificate(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.arrive(ra.Approved)
	d.keys[id], d.requests[id] = servicetest.Request(t, alg.P256)
	must(t, d.AskIssue(ctx, d.anna, id, true))
	order, err := d.OrderOnly(ctx, d.anna, id, d.Code(phone), d.requests[id])
	must(t, err)
	_, err = d.Authority.Issue(ctx, order)
	must(t, err)
	d.Deliver()
	if a := d.get(d.anna, id); a.State != ra.Ready {
		t.Errorf("%s", a.State)
	}
	d.Deliver()
	sms := d.SMS.To(phone)
	if last := sms[len(sms)-1].Body; !strings.Contains(last, "готов") {
		t.Errorf("SMS %q", last)
	}
}

// What was mended after the approval has to be approved again.
func TestMendApproved(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.arrive(ra.Approved)
	must(t, d.AskIssue(ctx, d.anna, id, true))
	code := d.Code(phone)
	must(t, d.MendApproved(ctx, d.anna, id))
	_, request := servicetest.Request(t, alg.P256)
	_, err := d.OrderCertificate(ctx, d.anna, id, code, request)
	refused(t, err, problem.Conflict, "ra.state.corrections")
	refused(t, d.AskIssue(ctx, d.anna, id, true), problem.Conflict, "ra.state.corrections")
	must(t, d.submit(d.anna, id))
	must(t, d.approve(id))
	_, err = d.OrderCertificate(ctx, d.anna, id, code, request)
	if p, ok := problem.Of(err); !ok || !strings.HasPrefix(p.Key, "auth.code.") {
		t.Errorf("a code of before the correction: %v", err)
	}
	must(t, d.order(d.anna, id))
}
