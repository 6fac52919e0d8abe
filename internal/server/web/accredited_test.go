// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"podpis/internal/service/trust"
	"podpis/pki/alg"
	"podpis/pki/tsl"
	"podpis/stand/etrust"
	"podpis/wire/xlsx"
)

// ministry fetches a list of the stand into the site, with a centre that has keys.
func (s *site) ministry(extra ...*tsl.Centre) *etrust.Server {
	s.t.Helper()
	m, err := etrust.Start("127.0.0.1:0", s.Clock.Now)
	must(s.t, err)
	s.t.Cleanup(func() { must(s.t, m.Close()) })
	signer := m.Certificate()
	_, err = s.register.Trust(context.Background(), "test", signer, trust.Signer, hex.EncodeToString(signer.Fingerprint(alg.SHA256)))
	must(s.t, err)
	for _, c := range extra {
		m.Put(c)
	}
	s.Set(trust.PolicyListURL, m.URL())
	must(s.t, s.register.Fetch(context.Background()))
	return m
}

// The page of accredited centres (S002-012, S002-107, S002-108, S002-109): the
// list with its version, date and source, search, regions to pick the nearest from, notes
// on ended accreditation, export.
func TestAccredited(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	v.open("/ca/accredited").shows(200, "Перечня пока нет")
	issuing := s.Authority.Chain()[0]
	own := &tsl.Centre{
		Number: "9000", Name: "Свой центр", OGRN: "1999900000120", Successor: "1999900001011", Site: "javascript:alert(1)", Mail: "a@b.example?cc=c@d.example",
		Status:  tsl.Status{State: tsl.Ended, Text: "Прекращена", From: s.DB.Now().AddDate(0, -1, 0)},
		History: []tsl.Status{{State: tsl.Active, Text: "Действует", From: s.DB.Now().AddDate(-2, 0, 0)}},
		Systems: []tsl.System{{Name: "Комплекс", Class: "КС3", Keys: []tsl.Key{{ID: issuing.SubjectKeyID, Lists: []string{"http://crl.example/1.crl"}, Certificates: []tsl.Certificate{{Raw: issuing.Raw}}}}}},
	}
	m := s.ministry(own)
	v.open("/ca/accredited").shows(200, "Аккредитованные удостоверяющие центры", fmt.Sprintf("Перечень № %d от", m.State().Version), "Он сегодняшний", "Источник: 127.0.0.1",
		"Найдено 25 центров", "Аккредитованы сегодня: 20", "Свердловская область (1)", "Аккредитация отозвана 13.05.2026" /* in Moscow the next day */, "ca1@sample.example", "ca1.sample.example")
	if n := strings.Count(v.body, "<tr>"); n != 26 {
		t.Errorf("%d rows on the page, want 25 and the head", n)
	}
	if strings.Contains(v.body, `href="javascript`) || strings.Contains(v.body, "mailto:a@b.example?") {
		t.Error("an address of the list became a link that it should not be")
	}
	v.open("/ca/accredited?q=%D1%91%D0%BB%D0%BE%D1%87%D0%BD%D1%8B%D0%B9").shows(200, "Найден 1 центр", "Образец: Ёлочный центр сертификации", "Сбросить фильтры")
	v.open("/ca/accredited?q=9900001010").shows(200, "Найден 1 центр", "Северный")
	v.open("/ca/accredited?state=over").shows(200, "Найдено 5 центров", "Аккредитованы сегодня: 0")
	v.open("/ca/accredited?region=%D0%9C%D0%BE%D1%81%D0%BA%D0%B2%D0%B0&page=77").shows(200, "Образец: ", "Москва")
	v.open("/ca/accredited?q=%3Cscript%3E&page=x&state=y").shows(200, "Ничего не нашли по «<script>»")
	v.open("/ca/accredited?q=%FF").shows(200, "Найдено 25 центров")

	v.open("/ca/accredited/9000").shows(200, "Свой центр", "Аккредитация прекращена", "Полномочия переданы: Образец: Северный", "История аккредитации", "Действует",
		strings.ToUpper(hex.EncodeToString(issuing.SubjectKeyID)), "КС3", "http://crl.example/1.crl", issuing.Serial.Hex())
	v.open("/ca/accredited/nobody").shows(404, "Такого центра в перечне нет")

	v.open("/ca/accredited/export.csv?state=over")
	table, err := csvOf(v.body)
	must(t, err)
	if len(table) != 6 || table[0][2] != "Наименование" || !strings.HasPrefix(v.head.Get("Content-Disposition"), `attachment; filename="accredited-20`) {
		t.Errorf("CSV %v, %v", table, v.head)
	}
	v.open("/ca/accredited/export.xlsx")
	rows, err := xlsx.Read(strings.NewReader(v.body), int64(len(v.body)))
	if err != nil || len(rows) != 26 {
		t.Errorf("XLSX of %d rows, %v", len(rows), err)
	}

	// The source fails: the copy stays, and its age is told.
	m.Fail(etrust.Unreachable)
	s.Clock.Pass(9 * 24 * time.Hour)
	must(t, s.register.Fetch(context.Background()))
	v.open("/ca/accredited").shows(200, "Ему 9 дней", "Перечень устарел", "Новый перечень получить не удалось", "Источник перечня не отвечает", "Показываем последнюю проверенную копию", "Найдено 25 центров")
}

// A table says that it is one, and pages go on after 25 centres.
func TestAccreditedTable(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	var b bytes.Buffer
	b.WriteString("Номер в реестре;Наименование;ОГРН\n")
	for i := range 60 {
		fmt.Fprintf(&b, "%d;Центр %02d;%d\n", i, i, 1999900000000+i)
	}
	_, err := s.register.Accept(context.Background(), trust.Incoming{
		File: bytes.NewReader(b.Bytes()), Size: int64(b.Len()), Source: `C:\lists\centres.csv`, Actor: "test", Date: s.DB.Now().AddDate(0, 0, -2),
	})
	must(t, err)
	v := s.visitor()
	v.open("/ca/accredited").shows(200, "Это копия перечня в виде таблицы", "дней назад: 2", "Источник: centres.csv", "Страница 1 из 3", "Центр 00", "Центр 24")
	v.open("/ca/accredited?page=3").shows(200, "Страница 3 из 3", "Центр 59", "Назад")
	if strings.Contains(v.text(), "Дальше") {
		t.Error("a page after the last one")
	}
	v.open("/ca/accredited/7").shows(200, "Центр 07", "В перечне ключей нет")
}

func csvOf(text string) ([][]string, error) {
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\uFEFF")))
	r.Comma = ';'
	return r.ReadAll()
}
