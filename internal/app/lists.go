// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/policy"
	"podpis/internal/service/ca"
	"podpis/internal/service/trust"
	"podpis/pki/alg"
	"podpis/pki/tsl"
	"podpis/stand/etrust"
)

// byInstallation is who decides what settings decide.
const byInstallation = "installation"

// lists puts the address of the settings into the policy. On a training installation
// the stand publishes a list that has the installation's own authority, signed with a key
// of its own, and is fetched like any other.
func (a *App) lists(ctx context.Context, policies *policy.Book) error {
	address := a.settings.Lists.Accredited
	if a.stand != nil {
		ministry := a.stand.servers.Lists
		if err := a.trainingList(ctx, ministry); err != nil {
			return fmt.Errorf("training list of centres: %w", err)
		}
		address = ministry.URL()
	}
	if address == "" {
		return nil
	}
	return a.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		now, err := policies.String(ctx, tx, trust.PolicyListURL)
		if err != nil || now == address {
			return err
		}
		return policies.Set(ctx, tx, byInstallation, trust.PolicyListURL, address, tx.Now(), time.Time{})
	})
}

// trainingList puts the own authority into the list of the stand and trusts the key of
// this run of the stand instead of that of the last.
func (a *App) trainingList(ctx context.Context, ministry *etrust.Server) error {
	own, err := a.ownCentre()
	if err != nil {
		return err
	}
	ministry.Put(own)
	former, err := a.register.Anchors(ctx)
	if err != nil {
		return err
	}
	for _, f := range former {
		if f.Purpose == trust.Signer && f.AddedBy == byInstallation {
			if err := a.register.Distrust(ctx, byInstallation, f.Fingerprint, trust.Signer); err != nil {
				return err
			}
		}
	}
	signer := ministry.Certificate()
	_, err = a.register.Trust(ctx, byInstallation, signer, trust.Signer, hex.EncodeToString(signer.Fingerprint(alg.SHA256)))
	return err
}

// ownCentre is the installation's authority as a list of centres has it.
func (a *App) ownCentre() (*tsl.Centre, error) {
	issuing, err := a.authority.Key(ca.Issuing)
	if err != nil {
		return nil, err
	}
	cert, organisation := issuing.Certificate, a.settings.Authority.Organisation
	key := tsl.Key{ID: cert.SubjectKeyID, Lists: cert.CRLAddresses(), Certificates: []tsl.Certificate{{
		Fingerprint: hex.EncodeToString(cert.Fingerprint(alg.SHA1)), Subject: cert.Subject.String(), Issuer: cert.Issuer.String(), Serial: cert.Serial.Hex(),
		From: cert.NotBefore, Until: cert.NotAfter, Raw: cert.Raw,
	}}}
	active := tsl.Status{State: tsl.Active, Text: "Действует", From: cert.NotBefore.Add(-24 * time.Hour).Truncate(time.Second)}
	return &tsl.Centre{
		Number: "9000", Name: "Учебный удостоверяющий центр «" + organisation + "»", ShortName: "Учебный УЦ «" + organisation + "»",
		INN: "9900000120", OGRN: "1999900000120", Mail: "ca@podpis.example", Site: a.settings.PublicURL,
		Address: tsl.Address{Country: "RU", RegionCode: "16", Region: "Республика Татарстан", City: "Казань", Street: "ул. Учебная, д. 1"},
		Status:  active, History: []tsl.Status{active},
		Systems: []tsl.System{{Name: "Учебный комплекс", Class: "КС1", Tools: "Подпись", Keys: []tsl.Key{key}}},
	}, nil
}
