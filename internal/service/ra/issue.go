// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ra

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"

	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/ca"
	"podpis/internal/service/identity"
	"podpis/pki/x509"
)

// Subject is what the certificate will say of the holder: names of attributes
// and values, as profiles of package ca name them.
func (f Form) Subject() map[string]string {
	p := f.Person
	subject := map[string]string{
		"CN": p.FullName(), "SN": p.Surname, "G": p.Names(), "C": "RU", "ST": f.Region, "L": f.Locality,
		"INN": p.INN, "SNILS": p.SNILS, "E": f.Mail,
	}
	switch f.Kind {
	case identity.Entrepreneur:
		subject["OGRNIP"] = f.OGRNIP
	case identity.Organisation:
		c := f.Company
		subject["CN"], subject["O"], subject["T"] = c.Name, c.Name, c.Position
		subject["OGRN"], subject["INNLE"] = c.OGRN, c.INN
		subject["ST"], subject["L"], subject["STREET"] = c.Region, c.Locality, c.Street
	}
	return subject
}

// AskIssue sends the code that confirms the issue. The holder has seen the
// future certificate and agreed.
func (s *Service) AskIssue(ctx context.Context, actor Actor, id string, agreed bool) error {
	if !agreed {
		return problem.New(problem.Invalid, "ra.issue.agree").At("agree")
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		r, err := s.own(ctx, tx, actor, id)
		if err != nil {
			return err
		}
		if err := approvedAsIs(r); err != nil {
			return err
		}
		if err := s.entitled(ctx, tx, r.row.PersonID, r.data.Form); err != nil {
			return err
		}
		return s.ask(ctx, tx, actor, r, auth.ForIssue)
	})
}

// approvedAsIs checks that what will be issued is what was approved.
func approvedAsIs(r *record) error {
	if State(r.row.State) != Approved {
		return problem.New(problem.Conflict, "ra.state."+r.row.State)
	}
	digest, err := r.data.Form.digest()
	if err != nil {
		return err
	}
	if r.row.Approval == "" || digest != r.row.Approval {
		return problem.New(problem.Conflict, "ra.form.changed")
	}
	return nil
}

// OrderCertificate takes the code and the request made with the holder's key, and
// returns the issued certificate. Asked again with the same request, it returns
// the same certificate: an answer lost on the way costs nothing.
func (s *Service) OrderCertificate(ctx context.Context, actor Actor, id, code string, request []byte) (ca.Issuance, error) {
	req, err := x509.ParseRequest(request)
	if err != nil || req.CheckSignature() != nil {
		return ca.Issuance{}, problem.New(problem.Invalid, "ra.request.broken").Because(err)
	}
	order, err := s.order(ctx, actor, id, code, req)
	if err != nil {
		return ca.Issuance{}, err
	}
	issued, err := s.authority.Issue(ctx, order)
	if problem.KindOf(err) == problem.Unavailable || errors.Is(err, db.ErrOutcomeUnknown) {
		// It is planned, by this call or by another tab: the authority's event will
		// tell how it ended, or [Service.Reconcile] finds out. To fail it here would
		// let a second one be ordered.
		return ca.Issuance{}, err
	} else if err != nil {
		return ca.Issuance{}, errors.Join(err, s.fail(ctx, actor, id, order.Key, err))
	}
	return issued, s.recordIssued(ctx, id, order.Key, issued.Serial.Hex())
}

// order moves the application to Issuing and says what to issue.
func (s *Service) order(ctx context.Context, actor Actor, id, code string, req *x509.Request) (order ca.Order, err error) {
	var refusal error
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		refusal = nil
		r, err := s.own(ctx, tx, actor, id)
		if err != nil {
			return err
		}
		approval, err := hex.DecodeString(r.row.Approval)
		if err != nil {
			return fmt.Errorf("decode approval: %w", err)
		}
		order = ca.Order{
			Key: orderKey(r.row.ID, req), Profile: string(r.data.Form.Kind), Subject: r.data.Form.Subject(), Request: req.Raw,
			Approval: approval, ApprovedBy: "account/" + r.row.OperatorID, OrderedBy: actor.name(),
		}
		order.Still = s.still(r.row.ID, order.Key)
		// The answer was lost, or two tabs: the same key is the same order.
		if State(r.row.State) != Approved && r.data.Ordered == order.Key {
			return nil
		}
		if err := approvedAsIs(r); err != nil {
			return err
		}
		if err := s.entitled(ctx, tx, r.row.PersonID, r.data.Form); err != nil {
			return err
		}
		refusal, err = s.accounts.Answer(ctx, tx, r.row.ChallengeID, auth.ForIssue, Number(r.row.Number), identity.Clean(code))
		if err != nil || refusal != nil {
			return err
		}
		r.data.Ordered = order.Key
		return s.move(ctx, tx, r, actor, Order, "")
	})
	return order, errors.Join(err, refusal)
}

// still says for the authority that an order is wanted: the application waits for it, and whoever ordered has not left.
func (s *Service) still(id, orderKey string) func(ctx context.Context, tx *db.Tx) error {
	return func(ctx context.Context, tx *db.Tx) error {
		r, err := s.load(ctx, tx, id)
		if err != nil {
			return err
		}
		if State(r.row.State) != Issuing || r.data.Ordered != orderKey {
			return problem.New(problem.Conflict, "ra.state."+r.row.State)
		}
		holder, err := s.accounts.AccountByID(ctx, tx, r.row.AccountID)
		if err == nil && holder.Gone() {
			err = problem.New(problem.Conflict, "ra.state."+string(Withdrawn))
		}
		return err
	}
}

// orderKey is the idempotency key of an order: an application and a key.
func orderKey(id string, req *x509.Request) string {
	return id + "/" + hex.EncodeToString(x509.KeyID(req.PublicKey))
}

// fail gives an application back to its holder when the authority planned
// nothing.
func (s *Service) fail(ctx context.Context, actor Actor, id, orderKey string, cause error) error {
	words := ""
	if p, ok := problem.Of(cause); ok {
		words = p.Key
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		return s.failed(ctx, tx, actor, id, orderKey, words)
	})
}

// failed ends the order of a key; another order of the same application goes on.
func (s *Service) failed(ctx context.Context, tx *db.Tx, actor Actor, id, orderKey, words string) error {
	r, err := s.load(ctx, tx, id)
	if err != nil || State(r.row.State) != Issuing || r.data.Ordered != orderKey {
		return err
	}
	r.data.Ordered = ""
	return s.move(ctx, tx, r, actor, Fail, words)
}

// recordIssued records the certificate of an application, once.
func (s *Service) recordIssued(ctx context.Context, id, orderKey, serial string) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error { return s.issued(ctx, tx, id, orderKey, serial) })
}

func (s *Service) issued(ctx context.Context, tx *db.Tx, id, orderKey, serial string) error {
	r, err := s.load(ctx, tx, id)
	if err != nil {
		return err
	}
	if State(r.row.State) != Issuing || r.data.Ordered != orderKey {
		return nil // told already, by the answer or by the event
	}
	r.row.Serial = serial
	if err := s.move(ctx, tx, r, authorityActor(), Issue, serial); err != nil {
		return err
	}
	return s.tell(ctx, tx, r, "issued", nil)
}

// authorityActor is who acts when the authority's event moves an application.
func authorityActor() Actor { return Actor{Account: auth.Account{ID: "ca", Title: ""}} }

// TestLine is what a fresh key signs to show that it works.
func TestLine(id, serial string) []byte { return []byte("podpis/test/" + id + "/" + serial) }

// Installed ends an application: the holder's key has signed the test line.
func (s *Service) Installed(ctx context.Context, actor Actor, id string, signature []byte) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		r, err := s.own(ctx, tx, actor, id)
		if err != nil {
			return err
		}
		if State(r.row.State) == Done {
			return nil
		}
		if State(r.row.State) != Ready {
			return problem.New(problem.Conflict, "ra.state."+r.row.State)
		}
		cert, err := s.authority.CertificateTx(ctx, tx, r.row.Serial)
		if err != nil {
			return err
		}
		key := cert.Parsed.PublicKey
		h := key.Kind().Hash()
		if key.Verify(key.Kind().Algorithm(), h, h.Sum(TestLine(r.row.ID, r.row.Serial)), signature) != nil {
			return problem.New(problem.Invalid, "ra.install.not_pair").Coded("KEY-110")
		}
		if err := s.move(ctx, tx, r, actor, Install, ""); err != nil {
			return err
		}
		return s.endReplaced(ctx, tx, actor, r)
	})
}

// MendApproved takes an approved application back to be corrected.
func (s *Service) MendApproved(ctx context.Context, actor Actor, id string) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		r, err := s.own(ctx, tx, actor, id)
		if err != nil {
			return err
		}
		r.row.Approval = ""
		return s.move(ctx, tx, r, actor, Correct, "")
	})
}

// KeyPasswordLength is how many signs the password of a key has at least. The browser holds to it: the
// password never gets here.
func (s *Service) KeyPasswordLength(ctx context.Context) (n int64, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		n, err = s.policies.Number(ctx, tx, keyPasswordLength)
		return err
	})
	return n, err
}

const keyPasswordLength = "ra.key.password_length"
