// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package esia

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Person is what the REST tells of a person. Values are as they came, bounded; what
// the scopes of the token do not cover is empty.
type Person struct {
	Confirmed    bool          `json:"trusted"` // the account is a confirmed one
	FirstName    string        `json:"firstName,omitempty"`
	LastName     string        `json:"lastName,omitempty"`
	MiddleName   string        `json:"middleName,omitempty"`
	BirthDate    string        `json:"birthDate,omitempty"` // dd.mm.yyyy
	BirthPlace   string        `json:"birthPlace,omitempty"`
	Gender       string        `json:"gender,omitempty"` // M or F
	SNILS        string        `json:"snils,omitempty"`  // 123-456-789 00
	INN          string        `json:"inn,omitempty"`
	Citizenship  string        `json:"citizenship,omitempty"` // RUS, three letters
	Mobile       string        `json:"mobilePhone,omitempty"`
	SelfEmployed *SelfEmployed `json:"selfEmployed,omitempty"`

	Contacts      Elements[Contact]    `json:"contacts,omitzero"`
	Documents     Elements[Document]   `json:"documents,omitzero"`
	Addresses     Elements[Address]    `json:"addresses,omitzero"`
	Vehicles      Elements[Vehicle]    `json:"vehicles,omitzero"`
	Kids          Elements[Kid]        `json:"kids,omitzero"`
	Properties    Elements[Property]   `json:"realEstate,omitzero"`
	Accounts      Elements[Account]    `json:"bankAccounts,omitzero"`
	Organisations Elements[Membership] `json:"organizations,omitzero"`
}

// SelfEmployed says whether the person pays tax on professional income.
type SelfEmployed struct {
	Confirmed bool `json:"confirmed"`
}

// Elements is a collection embedded into an answer.
type Elements[T any] struct {
	Elements []T `json:"elements,omitempty"`
}

// Contact is a way to reach a person.
type Contact struct {
	Type     string `json:"type"` // MBT, PHN, EML
	Value    string `json:"value"`
	Verified string `json:"vrfStu"` // VERIFIED or NOT_VERIFIED
}

// The types of contacts and what is verified.
const (
	MobilePhone  = "MBT"
	HomePhone    = "PHN"
	Mail         = "EML"
	Verified     = "VERIFIED"
	NotVerified  = "NOT_VERIFIED"
	RFPassport   = "RF_PASSPORT"
	ForeignID    = "FID_DOC"
	DrivingLic   = "RF_DRIVING_LICENSE"
	BirthCert    = "BRTH_CERT"
	ResidenceDoc = "RESIDENCE_PERMIT"
)

// Document is an identity document or another.
type Document struct {
	Type       string `json:"type"`
	Verified   string `json:"vrfStu,omitempty"`
	Series     string `json:"series,omitempty"`
	Number     string `json:"number,omitempty"`
	IssueDate  string `json:"issueDate,omitempty"` // dd.mm.yyyy
	IssueID    string `json:"issueId,omitempty"`   // department code, six digits
	IssuedBy   string `json:"issuedBy,omitempty"`
	ExpiryDate string `json:"expiryDate,omitempty"`
}

// Address is of registration (PRG) or residence (PLV).
type Address struct {
	Type    string `json:"type"`
	Text    string `json:"addressStr,omitempty"`
	House   string `json:"house,omitempty"`
	Flat    string `json:"flat,omitempty"`
	ZipCode string `json:"zipCode,omitempty"`
}

// Vehicle is a means of transport.
type Vehicle struct {
	Name   string `json:"name,omitempty"`
	Number string `json:"numberPlate,omitempty"`
	Doc    string `json:"regCertificate,omitempty"`
}

// Kid is a child of the person.
type Kid struct {
	FirstName string `json:"firstName,omitempty"`
	LastName  string `json:"lastName,omitempty"`
	BirthDate string `json:"birthDate,omitempty"`
}

// Property is real estate.
type Property struct {
	Kind      string `json:"type,omitempty"`
	Cadastral string `json:"cadastralNumber,omitempty"`
	Address   string `json:"address,omitempty"`
}

// Account is a bank account for payments to the person.
type Account struct {
	Bank   string `json:"bankName,omitempty"`
	Number string `json:"accountNumber,omitempty"`
}

// Membership is a role in an organisation.
type Membership struct {
	OID       string `json:"oid"`
	FullName  string `json:"fullName,omitempty"`
	ShortName string `json:"shortName,omitempty"`
	OGRN      string `json:"ogrn,omitempty"`
	INN       string `json:"inn,omitempty"`
	KPP       string `json:"kpp,omitempty"`
	Type      string `json:"type,omitempty"`  // LEGAL, BUSINESS, AGENCY
	Chief     bool   `json:"chief,omitempty"` // head of the organisation
	Active    bool   `json:"active,omitempty"`
}

// Grant is the answer of the token endpoint.
type Grant struct {
	AccessToken  string `json:"access_token"`
	IDToken      string `json:"id_token,omitempty"`
	RefreshToken string `json:"refresh_token,omitempty"`
	State        string `json:"state"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int64  `json:"expires_in"`
}

// Limits of answers.
const (
	// MaxAnswer is how much of an answer a client reads.
	MaxAnswer   = 256 << 10
	maxText     = 1000
	maxElements = 100
)

// ErrAnswer says that an answer is not of the form.
var ErrAnswer = errors.New("esia: malformed answer")

// ReadGrant reads the answer of the token endpoint; an error comes back as *Error.
func ReadGrant(status int, body []byte) (*Grant, error) {
	if status != 200 {
		return nil, readRefusal(status, body)
	}
	var g Grant
	if err := readJSON(body, &g); err != nil {
		return nil, err
	}
	if g.AccessToken == "" || !strings.EqualFold(g.TokenType, "Bearer") {
		return nil, fmt.Errorf("%w: no bearer token", ErrAnswer)
	}
	return &g, nil
}

// readRefusal reads the JSON of an error. What is none is an error of the service.
func readRefusal(status int, body []byte) error {
	var e struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
		State       string `json:"state"`
		Code        string `json:"code"` // the REST says it so
		Message     string `json:"message"`
	}
	if err := readJSON(body, &e); err != nil || e.Error == "" && e.Code == "" {
		return &Error{Kind: serverError, Text: fmt.Sprintf("HTTP %d without an error of ЕСИА", status)}
	}
	if e.Error == "" {
		return readError(serverError, e.Code+": "+e.Message, "")
	}
	return readError(e.Error, e.Description, e.State)
}

// ReadPerson reads the answer about a person; an error comes back as *Error.
func ReadPerson(status int, body []byte) (*Person, error) {
	if status != 200 {
		return nil, readRefusal(status, body)
	}
	var p Person
	if err := readJSON(body, &p); err != nil {
		return nil, err
	}
	if len(p.LastName) == 0 && len(p.FirstName) == 0 {
		return nil, fmt.Errorf("%w: a person without a name", ErrAnswer)
	}
	return &p, p.bounded()
}

// ReadRoles reads the organisations of a person.
func ReadRoles(status int, body []byte) ([]Membership, error) {
	if status != 200 {
		return nil, readRefusal(status, body)
	}
	var list Elements[Membership]
	if err := readJSON(body, &list); err != nil {
		return nil, err
	}
	if len(list.Elements) > maxElements {
		return nil, fmt.Errorf("%w: too many roles", ErrAnswer)
	}
	for _, m := range list.Elements {
		if err := short(m.OID, m.FullName, m.ShortName, m.OGRN, m.INN, m.KPP, m.Type); err != nil {
			return nil, err
		}
	}
	return list.Elements, nil
}

// readJSON reads one object whose names each stand once.
func readJSON(body []byte, into any) error {
	if len(body) > MaxAnswer {
		return fmt.Errorf("%w: longer than %d", ErrAnswer, MaxAnswer)
	}
	if _, err := members(body); err != nil {
		return fmt.Errorf("%w: %w", ErrAnswer, err)
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("%w: %w", ErrAnswer, err)
	}
	return nil
}

// bounded holds every text and collection to its limit: they are stored and shown.
func (p *Person) bounded() error {
	if n := max(len(p.Contacts.Elements), len(p.Documents.Elements), len(p.Addresses.Elements), len(p.Vehicles.Elements), len(p.Kids.Elements),
		len(p.Properties.Elements), len(p.Accounts.Elements), len(p.Organisations.Elements)); n > maxElements {
		return fmt.Errorf("%w: a collection of %d", ErrAnswer, n)
	}
	texts := []string{p.FirstName, p.LastName, p.MiddleName, p.BirthDate, p.BirthPlace, p.Gender, p.SNILS, p.INN, p.Citizenship, p.Mobile}
	for _, c := range p.Contacts.Elements {
		texts = append(texts, c.Type, c.Value, c.Verified)
	}
	for _, d := range p.Documents.Elements {
		texts = append(texts, d.Type, d.Verified, d.Series, d.Number, d.IssueDate, d.IssueID, d.IssuedBy, d.ExpiryDate)
	}
	for _, a := range p.Addresses.Elements {
		texts = append(texts, a.Type, a.Text, a.House, a.Flat, a.ZipCode)
	}
	for _, v := range p.Vehicles.Elements {
		texts = append(texts, v.Name, v.Number, v.Doc)
	}
	for _, k := range p.Kids.Elements {
		texts = append(texts, k.FirstName, k.LastName, k.BirthDate)
	}
	for _, e := range p.Properties.Elements {
		texts = append(texts, e.Kind, e.Cadastral, e.Address)
	}
	for _, a := range p.Accounts.Elements {
		texts = append(texts, a.Bank, a.Number)
	}
	for _, m := range p.Organisations.Elements {
		texts = append(texts, m.OID, m.FullName, m.ShortName, m.OGRN, m.INN, m.KPP, m.Type)
	}
	return short(texts...)
}

func short(texts ...string) error {
	for _, t := range texts {
		if len(t) > maxText {
			return fmt.Errorf("%w: a text of %d octets", ErrAnswer, len(t))
		}
		if strings.ContainsFunc(t, func(r rune) bool { return r < ' ' || r == 0xfffd }) {
			return fmt.Errorf("%w: a control character", ErrAnswer)
		}
	}
	return nil
}
