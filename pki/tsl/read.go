// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package tsl

import (
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"podpis/pki/xmldsig"
	"podpis/pki/xmltree"
)

// Names of the elements; none has a namespace.
const (
	elList     = "АккредитованныеУдостоверяющиеЦентры"
	elVersion  = "Версия"
	elDate     = "Дата"
	elCentre   = "УдостоверяющийЦентр"
	elName     = "Название"
	elShort    = "КраткоеНазвание"
	elMail     = "ЭлектроннаяПочта"
	elSite     = "АдресСИнформациейПоУЦ"
	elRegistry = "АдресСИнформациейПоРеестрамСертификатов"
	elAddress  = "Адрес"
	elCountry  = "Страна"
	elIndex    = "Индекс"
	elStreet   = "УлицаДом"
	elCity     = "Город"
	elRegion   = "Регион"
	elCode     = "Код"
	elSystems  = "ПрограммноАппаратныеКомплексы"
	elSystem   = "ПрограммноАппаратныйКомплекс"
	elAlias    = "Псевдоним"
	elClass    = "КлассСредствЭП"
	elTools    = "СредстваУЦ"
	elKeys     = "КлючиУполномоченныхЛиц"
	elKey      = "Ключ"
	elKeyID    = "ИдентификаторКлюча"
	elLists    = "АдресаСписковОтзыва"
	elCerts    = "Сертификаты"
	elCert     = "ДанныеСертификата"
	elPrint    = "Отпечаток"
	elIssuer   = "КемВыдан"
	elSubject  = "КомуВыдан"
	elSerial   = "СерийныйНомер"
	elFrom     = "ПериодДействияС"
	elUntil    = "ПериодДействияДо"
	elData     = "Данные"
	elINN      = "ИНН"
	elOGRN     = "ОГРН"
	elNumber   = "РеестровыйНомер"
	elStatus   = "СтатусАккредитации"
	elState    = "Статус"
	elSince    = "ДействуетС"
	elHistory  = "ИсторияСтатусовАккредитации"
	elGone     = "ПолномочияПереданыУЦсОГРН"
)

// moscow is the zone of times without one.
var moscow = time.FixedZone("MSK", 3*60*60)

// centreReader reads one centre and counts what cannot be read.
type centreReader struct {
	unread int
	err    error
}

func readCentre(n *xmltree.Node) (*Centre, error) {
	r := &centreReader{}
	text := func(name string) string { return cut(n.Child("", name).Trimmed()) }
	c := &Centre{
		Number: text(elNumber), Name: text(elName), ShortName: text(elShort), INN: text(elINN), OGRN: text(elOGRN), Mail: text(elMail),
		Site: text(elSite), Registry: text(elRegistry), Address: readAddress(n.Child("", elAddress)), Successor: text(elGone),
	}
	if s := n.Child("", elStatus); s != nil {
		c.Status = r.status(s)
	}
	for _, s := range r.children(n.Child("", elHistory), elStatus, maxHistory) {
		c.History = append(c.History, r.status(s))
	}
	slices.SortStableFunc(c.History, func(a, b Status) int { return a.From.Compare(b.From) })
	for _, s := range r.children(n.Child("", elSystems), elSystem, maxSystems) {
		c.Systems = append(c.Systems, r.system(s))
	}
	c.Unread = r.unread
	return c, r.err
}

// children are the child elements of the name.
func (r *centreReader) children(n *xmltree.Node, name string, limit int) (list []*xmltree.Node) {
	if n == nil {
		return nil
	}
	for k := n.First; k != nil; k = k.Next {
		if !k.Is("", name) {
			continue
		}
		if list = append(list, k); len(list) > limit {
			r.err = ErrTooMany
			return nil
		}
	}
	return list
}

func (r *centreReader) status(n *xmltree.Node) Status {
	text := cut(n.Child("", elState).Trimmed())
	return Status{State: StateOf(text), Text: text, From: r.time(n.Child("", elSince))}
}

func (r *centreReader) system(n *xmltree.Node) System {
	text := func(name string) string { return cut(n.Child("", name).Trimmed()) }
	s := System{Name: text(elAlias), Class: text(elClass), Tools: text(elTools), Address: readAddress(n.Child("", elAddress))}
	for _, k := range r.children(n.Child("", elKeys), elKey, maxKeys) {
		s.Keys = append(s.Keys, r.key(k))
	}
	return s
}

func (r *centreReader) key(n *xmltree.Node) (k Key) {
	id := strings.NewReplacer(" ", "", ":", "", "-", "").Replace(n.Child("", elKeyID).Trimmed())
	var err error
	if k.ID, err = hex.DecodeString(id); err != nil || len(k.ID) > 64 {
		k.ID = nil
		r.unread++
	}
	for _, a := range r.children(n.Child("", elLists), elAddress, maxAddresses) {
		k.Lists = append(k.Lists, cut(a.Trimmed()))
	}
	for _, d := range r.children(n.Child("", elCerts), elCert, maxCertificates) {
		text := func(name string) string { return cut(d.Child("", name).Trimmed()) }
		c := Certificate{
			Fingerprint: text(elPrint), Subject: text(elSubject), Issuer: text(elIssuer), Serial: text(elSerial),
			From: r.time(d.Child("", elFrom)), Until: r.time(d.Child("", elUntil)),
		}
		if data := d.Child("", elData); data != nil {
			if c.Raw, err = xmldsig.Base64(data, maxCertificate); err != nil {
				r.unread++
			}
		}
		k.Certificates = append(k.Certificates, c)
	}
	return k
}

// time reads a time or a day; of no element it is the zero time.
func (r *centreReader) time(n *xmltree.Node) time.Time {
	text := n.Trimmed()
	if text == "" {
		return time.Time{}
	}
	t, ok := parseTime(text)
	if !ok {
		r.unread++
	}
	return t
}

// parseTime reads the forms that lists and tables have.
func parseTime(text string) (time.Time, bool) {
	for _, form := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02", "2006-01-02 15:04:05", "02.01.2006", "02.01.2006 15:04:05", "02.01.2006 15:04"} {
		if t, err := time.ParseInLocation(form, text, moscow); err == nil && t.Year() > 1900 && t.Year() < 2200 {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// readAddress reads an address. The region is a text, or a code with a name.
func readAddress(n *xmltree.Node) Address {
	text := func(name string) string { return cut(n.Child("", name).Trimmed()) }
	a := Address{Country: text(elCountry), Index: text(elIndex), City: text(elCity), Street: text(elStreet)}
	region := n.Child("", elRegion)
	if name := region.Child("", elName); name != nil {
		a.Region, a.RegionCode = cut(name.Trimmed()), cut(region.Child("", elCode).Trimmed())
	} else {
		a.Region = cut(region.Trimmed())
	}
	return a
}

// cut bounds a field, at a character.
func cut(s string) string {
	if len(s) <= maxText {
		return strings.Clone(s) // not the text of the whole centre with it
	}
	return strings.ToValidUTF8(s[:maxText], "")
}
