// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package smpp speaks the Short Message Peer-to-Peer protocol, issue 3.4
// (12-Oct-1999): what is needed to hand short messages to a message centre, and
// the other side of it for the stand.
//
// Section numbers in comments are those of that document. Long texts go as
// concatenated messages (3GPP TS 23.040, 9.2.3.24.1) or in message_payload (5.3.2.32);
// the alphabet is GSM 7 bit default (3GPP TS 23.038, 6.2.1), one septet an octet,
// when the text fits into it and UCS-2 otherwise.
//
// Left out: receiving messages and delivery receipts (deliver_sm is answered and
// dropped), query, replace, cancel, submit_multi, data_sm, outbind, and national
// language tables.
package smpp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Command is a command_id (5.1.2.1).
type Command uint32

// The commands this package knows. A response has the top bit set.
const (
	BindReceiver    Command = 0x00000001
	BindTransmitter Command = 0x00000002
	SubmitSM        Command = 0x00000004
	DeliverSM       Command = 0x00000005
	Unbind          Command = 0x00000006
	BindTransceiver Command = 0x00000009
	EnquireLink     Command = 0x00000015
	GenericNack     Command = 0x80000000

	response Command = 0x80000000
)

// Status is a command_status (5.1.3).
type Status uint32

// The statuses this package makes or treats in a way of its own.
const (
	OK              Status = 0x00
	InvalidLength   Status = 0x01 // ESME_RINVMSGLEN
	InvalidCommand  Status = 0x03 // ESME_RINVCMDID
	InvalidBind     Status = 0x04 // ESME_RINVBNDSTS
	AlreadyBound    Status = 0x05 // ESME_RALYBND
	SystemError     Status = 0x08 // ESME_RSYSERR
	InvalidSource   Status = 0x0A // ESME_RINVSRCADR
	InvalidDest     Status = 0x0B // ESME_RINVDSTADR
	BindFailed      Status = 0x0D // ESME_RBINDFAIL
	InvalidPassword Status = 0x0E // ESME_RINVPASWD
	QueueFull       Status = 0x14 // ESME_RMSGQFUL
	SubmitFailed    Status = 0x45 // ESME_RSUBMITFAIL
	Throttled       Status = 0x58 // ESME_RTHROTTLED
)

// StatusError is an answer other than OK.
type StatusError struct {
	Command Command
	Status  Status
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("smpp: command %#x answered with status %#x", uint32(e.Command), uint32(e.Status))
}

// Permanent reports that the same message will be refused again: its address or its
// length is wrong.
func (e *StatusError) Permanent() bool {
	return e.Status == InvalidDest || e.Status == InvalidLength
}

// Errors of the parsers.
var (
	ErrLength = errors.New("smpp: length of PDU out of bounds")
	ErrBody   = errors.New("smpp: body of PDU is cut or too long")
	ErrField  = errors.New("smpp: field is longer than it may be")
)

const (
	headerSize = 16
	// MaxPDU bounds what is read: the largest is a submit_sm with message_payload of 64
	// KiB (5.3.2.32), the fields before it are under 400 octets.
	MaxPDU = 66 << 10
)

// PDU is a header (5.1) and an undecoded body.
type PDU struct {
	Command  Command
	Status   Status
	Sequence uint32
	Body     []byte
}

// ReadPDU reads one PDU.
func ReadPDU(r io.Reader) (PDU, error) {
	var h [headerSize]byte
	if _, err := io.ReadFull(r, h[:]); err != nil {
		return PDU{}, err
	}
	n := binary.BigEndian.Uint32(h[0:])
	if n < headerSize || n > MaxPDU {
		return PDU{}, ErrLength
	}
	p := PDU{
		Command: Command(binary.BigEndian.Uint32(h[4:])), Status: Status(binary.BigEndian.Uint32(h[8:])),
		Sequence: binary.BigEndian.Uint32(h[12:]), Body: make([]byte, n-headerSize),
	}
	if _, err := io.ReadFull(r, p.Body); err != nil {
		return PDU{}, fmt.Errorf("read body: %w", io.ErrUnexpectedEOF)
	}
	return p, nil
}

// Encode returns the PDU as it goes over the wire.
func (p PDU) Encode() []byte {
	b := make([]byte, headerSize, headerSize+len(p.Body))
	binary.BigEndian.PutUint32(b[0:], uint32(headerSize+len(p.Body)))
	binary.BigEndian.PutUint32(b[4:], uint32(p.Command))
	binary.BigEndian.PutUint32(b[8:], uint32(p.Status))
	binary.BigEndian.PutUint32(b[12:], p.Sequence)
	return append(b, p.Body...)
}

// Bind is the body of the three bind requests (4.1.1).
type Bind struct {
	SystemID, Password, SystemType string
	InterfaceVersion               byte // 0x34
	AddrTON, AddrNPI               byte
	AddressRange                   string
}

// Encode returns the body. Fields that are too long are an error (5.2).
func (b Bind) Encode() ([]byte, error) {
	var w writer
	w.text(b.SystemID, 15)
	w.text(b.Password, 8)
	w.text(b.SystemType, 12)
	w.octets(b.InterfaceVersion, b.AddrTON, b.AddrNPI)
	w.text(b.AddressRange, 40)
	return w.b, w.err
}

// ParseBind reads the body of a bind request.
func ParseBind(body []byte) (Bind, error) {
	r := reader{b: body}
	b := Bind{SystemID: r.text(15), Password: r.text(8), SystemType: r.text(12)}
	b.InterfaceVersion, b.AddrTON, b.AddrNPI = r.octet(), r.octet(), r.octet()
	b.AddressRange = r.text(40)
	return b, r.end()
}

// Submit is the body of submit_sm and deliver_sm (4.4.1).
type Submit struct {
	ServiceType          string
	SourceTON, SourceNPI byte
	Source               string
	DestTON, DestNPI     byte
	Dest                 string
	ESMClass             byte
	ProtocolID           byte
	Priority             byte
	ScheduleTime         string
	ValidityPeriod       string
	RegisteredDelivery   byte
	ReplaceIfPresent     byte
	DataCoding           byte
	DefaultMessageID     byte
	ShortMessage         []byte // at most 254 octets
	Optional             []TLV
}

// TLV is an optional parameter (5.3).
type TLV struct {
	Tag   uint16
	Value []byte
}

// MessagePayload is the tag of a long message (5.3.2.32).
const MessagePayload = 0x0424

const maxTLVs = 100

// Encode returns the body.
func (s Submit) Encode() ([]byte, error) {
	var w writer
	w.text(s.ServiceType, 5)
	w.octets(s.SourceTON, s.SourceNPI)
	w.text(s.Source, 20)
	w.octets(s.DestTON, s.DestNPI)
	w.text(s.Dest, 20)
	w.octets(s.ESMClass, s.ProtocolID, s.Priority)
	w.text(s.ScheduleTime, 16)
	w.text(s.ValidityPeriod, 16)
	w.octets(s.RegisteredDelivery, s.ReplaceIfPresent, s.DataCoding, s.DefaultMessageID)
	if len(s.ShortMessage) > 254 || len(s.Optional) > maxTLVs {
		return nil, ErrField
	}
	w.octets(byte(len(s.ShortMessage)))
	w.octets(s.ShortMessage...)
	for _, t := range s.Optional {
		if len(t.Value) > 0xffff {
			return nil, ErrField
		}
		w.b = binary.BigEndian.AppendUint16(w.b, t.Tag)
		w.b = binary.BigEndian.AppendUint16(w.b, uint16(len(t.Value)))
		w.octets(t.Value...)
	}
	if len(w.b)+headerSize > MaxPDU {
		return nil, ErrLength
	}
	return w.b, w.err
}

// ParseSubmit reads the body of submit_sm. The result shares memory with it.
func ParseSubmit(body []byte) (Submit, error) {
	r := reader{b: body}
	var s Submit
	s.ServiceType = r.text(5)
	s.SourceTON, s.SourceNPI, s.Source = r.octet(), r.octet(), r.text(20)
	s.DestTON, s.DestNPI, s.Dest = r.octet(), r.octet(), r.text(20)
	s.ESMClass, s.ProtocolID, s.Priority = r.octet(), r.octet(), r.octet()
	s.ScheduleTime, s.ValidityPeriod = r.text(16), r.text(16)
	s.RegisteredDelivery, s.ReplaceIfPresent, s.DataCoding, s.DefaultMessageID = r.octet(), r.octet(), r.octet(), r.octet()
	n := int(r.octet())
	if n == 255 { // 5.2.21: 254 octets at most
		return s, ErrField
	}
	s.ShortMessage = r.take(n)
	for r.err == nil && len(r.b) > 0 {
		if len(s.Optional) == maxTLVs {
			return s, ErrField
		}
		head := r.take(4)
		if r.err == nil {
			s.Optional = append(s.Optional, TLV{binary.BigEndian.Uint16(head), r.take(int(binary.BigEndian.Uint16(head[2:])))})
		}
	}
	return s, r.end()
}

// Message returns the octets of the text, from short_message or message_payload.
func (s Submit) Message() []byte {
	if len(s.ShortMessage) == 0 {
		for _, t := range s.Optional {
			if t.Tag == MessagePayload {
				return t.Value
			}
		}
	}
	return s.ShortMessage
}

// ParseMessageID reads the body of submit_sm_resp (4.4.2). Centres leave it out of
// refusals.
func ParseMessageID(body []byte) (string, error) {
	if len(body) == 0 {
		return "", nil
	}
	r := reader{b: body}
	return r.text(64), r.err // optional parameters may follow
}

// writer and reader work on C-Octet Strings (3.1): text and a zero.
type writer struct {
	b   []byte
	err error
}

func (w *writer) octets(b ...byte) { w.b = append(w.b, b...) }

func (w *writer) text(s string, most int) {
	if len(s) > most {
		w.err = ErrField
	}
	for i := range len(s) {
		if s[i] == 0 {
			w.err = ErrField
		}
	}
	w.b = append(append(w.b, s...), 0)
}

type reader struct {
	b   []byte
	err error
}

func (r *reader) take(n int) []byte {
	if r.err != nil || len(r.b) < n {
		r.fail(ErrBody)
		return nil
	}
	out := r.b[:n:n]
	r.b = r.b[n:]
	return out
}

func (r *reader) octet() byte {
	if b := r.take(1); len(b) == 1 {
		return b[0]
	}
	return 0
}

func (r *reader) text(most int) string {
	for i, c := range r.b {
		if c == 0 {
			return string(r.take(i + 1)[:i])
		}
		if i == most {
			r.fail(ErrField)
			return ""
		}
	}
	r.fail(ErrBody)
	return ""
}

func (r *reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.b = nil
}

func (r *reader) end() error {
	if r.err == nil && len(r.b) > 0 {
		return ErrBody
	}
	return r.err
}
