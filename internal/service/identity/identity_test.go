// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package identity

import (
	"context"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"podpis/internal/platform/db"
	"podpis/internal/platform/db/dbtest"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/problem"
)

var today = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// Numbers are checked by their check digits. The vectors are synthetic and public
// ones of the algorithms.
func TestCheckDigits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		valid func(string) bool
		good  []string
		bad   []string
	}{
		{"ИНН of a person", ValidPersonINN, []string{"990000001704", "990100001169", "990100002902"},
			[]string{"", "990100001168", "990100001179", "99010000116", "9901000011690", "99010000116x", "000000000000", "７７0100001169"}},
		{"ИНН of an organisation", ValidCompanyINN, []string{"7707083893", "9901000010", "9900000120"},
			[]string{"", "7707083894", "770708389", "77070838931", "0000000000", "770708389a"}},
		{"СНИЛС", ValidSNILS, []string{"11223344595", "08765430300", "99000000153", "00100199800", "00000000100"},
			[]string{"", "11223344594", "1122334459", "00000000000", "112233445950", "1122334459x"}},
		{"ОГРН", ValidOGRN, []string{"1027700132195", "1239900000010", "1999900000120"}, []string{"", "1027700132196", "102770013219", "102770013219x"}},
		{"ОГРНИП", ValidOGRNIP, []string{"323990000000011", "399990000000121"}, []string{"", "323990000000012", "423990000000159", "32399000000001", "32399000000001x"}},
		{"КПП", ValidKPP, []string{"770701001", "7707AZ001"}, []string{"", "77070100", "7707az001", "7707Я001", "77O701001", "77070100x"}},
	} {
		for _, s := range c.good {
			if !c.valid(s) {
				t.Errorf("%s %s is refused", c.name, s)
			}
		}
		for _, s := range c.bad {
			if c.valid(s) {
				t.Errorf("%s %q is taken", c.name, s)
			}
		}
	}
}

// One digit typed wrong is always seen in an ИНН of a person (both check digits)
// and seen in the others as far as the sums by 11, 13 and 101 can.
func TestOneWrongDigit(t *testing.T) {
	t.Parallel()
	missed := map[string]int{}
	for name, c := range map[string]struct {
		number string
		valid  func(string) bool
		most   int // digits that the algorithm cannot tell
	}{
		"ИНН": {"990000001704", ValidPersonINN, 0}, "СНИЛС": {"11223344595", ValidSNILS, 0}, "ОГРН": {"1027700132195", ValidOGRN, 12}, "ОГРНИП": {"323990000000011", ValidOGRNIP, 14 * 3},
	} {
		for i := range c.number {
			for d := byte('0'); d <= '9'; d++ {
				other := c.number[:i] + string(d) + c.number[i+1:]
				if other != c.number && c.valid(other) {
					missed[name]++
				}
			}
		}
		if missed[name] > c.most {
			t.Errorf("%s: %d wrong digits are taken", name, missed[name])
		}
	}
}

func TestPhones(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"+7 999 000-00-01": "+79990000001", "8(999)000-00-01": "+79990000001", "79990000001": "+79990000001", "9990000001": "+79990000001",
		"+7\u00a0999\u2009000–00—01": "+79990000001", "7 701 123 45 67": "+77011234567",
		"": "", "123": "", "+1 999 000 00 01": "", "+7 199 000 00 01": "", "99900000012": "", "+7999000000x": "", "+799900000011": "",
	} {
		got, ok := NormalPhone(in)
		if got != want || ok != (want != "") {
			t.Errorf("%q: %q, %v", in, got, ok)
		}
	}
	for got, want := range map[string]string{
		FormatPhone("+79990000045"): "+7 999 000-00-45", FormatPhone("12"): "12", MaskPhone("+79990000045"): "+7 ··· ··-45", MaskPhone("12"): "",
		FormatSNILS("11223344595"): "112-233-445 95", FormatSNILS("1122"): "1122", MaskMail("anna@example.org"): "a···@example.org",
		MaskMail("яна@пример.рф"): "я···@пример.рф", MaskMail("x"): "", MaskMail("@x"): "",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		" Соколова ": "Соколова", "Салтыкова-Щедрина": "Салтыкова-Щедрина", "Д’Артаньян": "Д’Артаньян", "O'Neill": "O'Neill", "Абу   Али": "Абу Али",
		"Құрманғазы": "Құрманғазы", "Nguyễn": "Nguyễn", "Сент. Иван": "Сент. Иван",
		"": "", "-": "", "Иван2": "", "Иван\u202eнавИ": "", "a\x00b": "", "\xff": "", "Иван<b>": "", strings.Repeat("а", 101): "", "😀": "",
	} {
		got, ok := NormalName(in)
		if ok != (want != "") || ok && got != want {
			t.Errorf("%q: %q, %v", in, got, ok)
		}
	}
	for in, want := range map[string]string{
		"соколова": "Соколова", " САЛТЫКОВА-ЩЕДРИНА ": "Салтыкова-Щедрина", "о'нил": "О'Нил", "Д’АРТАНЬЯН": "Д’Артаньян", "МАР'ЯНА": "Мар'яна", "абу  али": "Абу Али",
		"Али оглы": "Али оглы", "де Голль": "де Голль", "ҚҰРМАНҒАЗЫ": "Құрманғазы", "ё": "Ё", "": "", "сент. иван": "Сент. Иван",
	} {
		if p := (Person{Surname: in, GivenName: in, Patronymic: in}).Normalise(); p.Surname != want || p.GivenName != want || p.Patronymic != want {
			t.Errorf("%q: %+v", in, p)
		}
	}
	for s, want := range map[string]bool{"ул. Баумана, 1": true, "": false, "a\nb": false, "a\x00": false, "\xff": false, "a\u202eb": false} {
		if PlainText(s, 14) != want {
			t.Errorf("%q: %v", s, !want)
		}
	}
	if PlainText("12345678901", 10) || !PlainText("1234567890", 10) {
		t.Error("the limit")
	}
	p := Person{Surname: "Соколова", GivenName: "Анна", Patronymic: "Ивановна"}
	if p.FullName() != "Соколова Анна Ивановна" || p.Names() != "Анна Ивановна" || p.ShortName() != "Соколова А. И." {
		t.Error(p.FullName(), p.Names(), p.ShortName())
	}
	p.Patronymic = ""
	if p.FullName() != "Соколова Анна" || p.ShortName() != "Соколова А." {
		t.Error(p.FullName(), p.ShortName())
	}
}

func TestDates(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		day, month, year string
		want             string
	}{
		{"1", "2", "2000", "01.02.2000"}, {" 29 ", "02", "2024", "29.02.2024"}, {"31", "12", "1900", "31.12.1900"},
		{"29", "2", "2023", ""}, {"31", "4", "2020", ""}, {"0", "1", "2020", ""}, {"1", "13", "2020", ""}, {"1", "1", "1899", ""}, {"1", "1", "2201", ""},
		{"", "1", "2020", ""}, {"1", "1", "20200", ""}, {"-1", "1", "2020", ""}, {"1", "1", "２０２０", ""},
	} {
		d, ok := ParseDate(c.day, c.month, c.year)
		if ok != (c.want != "") || ok && d.String() != c.want {
			t.Errorf("%v: %s, %v", c, d, ok)
		}
	}
	if (Date{}).String() != "" || !(Date{}).IsZero() {
		t.Error("no date")
	}
	if d := (Date{2008, 2, 29}).AddYears(14); d != (Date{2022, 3, 1}) {
		t.Error(d)
	}
}

func anna() Person {
	return Person{
		Surname: "Соколова", GivenName: "Анна", Patronymic: "Ивановна", BirthDate: Date{1990, 5, 17}, INN: "990000001704", SNILS: "99000000153",
		Passport: Passport{Number: "9999123456", IssuedOn: Date{2010, 6, 1}, Department: "160-001", IssuedBy: "МВД по Республике Татарстан"},
	}
}

// keysOf are the refusals as "field key".
func keysOf(list problem.List) string {
	var out []string
	for _, e := range list {
		out = append(out, e.Field+" "+e.Key)
	}
	return strings.Join(out, "; ")
}

// Every wrong field is told, each by its own words, all at once.
func TestPersonIsChecked(t *testing.T) {
	t.Parallel()
	check := func(p Person) string {
		p = p.Normalise()
		return keysOf(append(p.CheckName(today), p.CheckDocuments(today)...))
	}
	typed := anna()
	typed.Surname, typed.INN, typed.SNILS = "  Соколова ", "9900 0000 1704", "990-000-001 53"
	typed.Passport.Number, typed.Passport.Department = "99 99 123456", "160001"
	if typed.Normalise() != anna() || check(typed) != "" {
		t.Errorf("%+v: %s", typed.Normalise(), check(typed))
	}
	for want, change := range map[string]func(*Person){
		"surname identity.surname.wrong":       func(p *Person) { p.Surname = "" },
		"given_name identity.given_name.wrong": func(p *Person) { p.GivenName = "7" },
		"patronymic identity.patronymic.wrong": func(p *Person) { p.Patronymic = "7" },
		"birth_date identity.birth_date.wrong": func(p *Person) { p.BirthDate = Date{} },
		"birth_date identity.birth_date.future": func(p *Person) {
			p.BirthDate = Date{2027, 1, 1}
			p.Passport.IssuedOn = Date{2026, 1, 1}
			p.Passport.Number = "x"
		},
		"birth_date identity.birth_date.young":             func(p *Person) { p.BirthDate = Date{2012, 11, 22} },
		"inn identity.inn.length":                          func(p *Person) { p.INN = "99" },
		"inn identity.inn.check":                           func(p *Person) { p.INN = "990000001705" },
		"snils identity.snils.length":                      func(p *Person) { p.SNILS = "" },
		"snils identity.snils.check":                       func(p *Person) { p.SNILS = "99000000154" },
		"passport_number identity.passport.number":         func(p *Person) { p.Passport.Number = "12" },
		"passport_issued identity.passport.issued":         func(p *Person) { p.Passport.IssuedOn = Date{} },
		"passport_issued identity.passport.future":         func(p *Person) { p.Passport.IssuedOn = Date{2026, 11, 22} },
		"passport_issued identity.passport.young":          func(p *Person) { p.Passport.IssuedOn = Date{2004, 5, 16} },
		"passport_department identity.passport.department": func(p *Person) { p.Passport.Department = "16-001" },
		"passport_issued_by identity.passport.issued_by":   func(p *Person) { p.Passport.IssuedBy = " " },
	} {
		p := anna()
		change(&p)
		if got := check(p); !strings.Contains(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	// A right code may tell who issued the passport: that is not asked before the code is right.
	coded := anna()
	coded.Passport.Department, coded.Passport.IssuedBy = "16-001", ""
	if got := check(coded); got != "passport_department identity.passport.department" {
		t.Errorf("a wrong code alone: %s", got)
	}
	born := anna()
	born.BirthDate, born.Passport.IssuedOn = Date{2012, 11, 21}, Date{2026, 11, 21}
	if got := check(born); got != "" {
		t.Errorf("fourteen today: %s", got)
	}
	if n := strings.Count(check(Person{}), ";") + 1; n != 8 {
		t.Errorf("%d refusals of an empty form: %s", n, check(Person{}))
	}
}

func TestCompanyIsChecked(t *testing.T) {
	t.Parallel()
	good := Company{
		Name: " ООО  «Заря» ", OGRN: "1 999900 000120", INN: "9900000120", KPP: "9900az001", Region: "16 Республика Татарстан", Locality: "Казань",
		Street: "ул. Баумана, 1", Position: "директор",
	}
	c := good.Normalise()
	if got := keysOf(c.Check()); got != "" || c.Name != "ООО «Заря»" || c.KPP != "9900AZ001" {
		t.Errorf("%+v: %s", c, got)
	}
	want := "company_name identity.company_name.wrong; region identity.region.wrong; locality identity.locality.wrong; " +
		"street identity.street.wrong; position identity.position.wrong; ogrn identity.ogrn.check; company_inn identity.company_inn.check"
	if got := keysOf(Company{}.Check()); got != want {
		t.Errorf("got %s", got)
	}
	c.KPP, c.Name = "1", "a\u202eb"
	if got := keysOf(c.Check()); got != "company_name identity.company_name.wrong; kpp identity.kpp.wrong" {
		t.Errorf("got %s", got)
	}
	for text, takes := range map[string]bool{"ООО «Рога № 1», 50 % + 1 & Cº": true, "Қазақ — Ғ/Ү ‘x’ \"y\"": true, "Казань😀": false, "☂ Зонт": false, "А🏽": false, "a\u202eb": false, "": false} {
		if CertificateText(text, 40) != takes {
			t.Errorf("%q: in a certificate %v", text, !takes)
		}
	}
}

func newService(t *testing.T) (*Service, *db.DB) {
	t.Helper()
	ring, err := keys.Load(filepath.Join(t.TempDir(), "key"), "")
	if err != nil {
		t.Fatal(err)
	}
	return New(ring), dbtest.OpenClock(t, func() time.Time { return today })
}

func TestRegister(t *testing.T) {
	t.Parallel()
	s, d := newService(t)
	ctx := context.Background()
	var role Profile
	write := func(act func(ctx context.Context, tx *db.Tx) error) error { return d.Write(ctx, act) }
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(write(func(ctx context.Context, tx *db.Tx) (err error) {
		role, err = s.Register(ctx, tx, anna())
		return err
	}))
	if role.Kind != Individual || role.Title != "Соколова А. И." {
		t.Errorf("%+v", role)
	}
	must(write(func(ctx context.Context, tx *db.Tx) error {
		p, err := s.Person(ctx, tx, role.PersonID)
		want := anna()
		want.ID = role.PersonID
		if p != want {
			t.Errorf("%+v", p)
		}
		return err
	}))
	// The sealed part is sealed, and for its row alone.
	var secret []byte
	must(write(func(ctx context.Context, tx *db.Tx) error {
		return tx.QueryRowContext(ctx, "SELECT secret FROM person").Scan(&secret)
	}))
	for _, open := range []string{"99000000153", "9999123456", "1990"} {
		if strings.Contains(string(secret), open) {
			t.Errorf("%s stands in the database", open)
		}
	}
	must(write(func(ctx context.Context, tx *db.Tx) error {
		return tx.QueryRowContext(ctx, "SELECT 1").Scan(new(int))
	}))
	other := anna()
	other.Surname = "Другая"
	err := write(func(ctx context.Context, tx *db.Tx) error { _, err := s.Register(ctx, tx, other); return err })
	wantProblem(t, err, problem.Conflict, "identity.inn.taken")
	err = write(func(ctx context.Context, tx *db.Tx) error { _, err := s.Register(ctx, tx, Person{}); return err })
	wantProblem(t, err, problem.Invalid, "identity.surname.wrong")
	other.INN = "990100001169"
	must(write(func(ctx context.Context, tx *db.Tx) error { _, err := s.Register(ctx, tx, other); return err }))

	// Corrected, and refused where it cannot be.
	mended := anna()
	mended.ID, mended.Surname = role.PersonID, "Ким"
	must(write(func(ctx context.Context, tx *db.Tx) error { return s.ChangePerson(ctx, tx, mended) }))
	mended.INN = "990100001169"
	wantProblem(t, write(func(ctx context.Context, tx *db.Tx) error { return s.ChangePerson(ctx, tx, mended) }), problem.Conflict, "identity.inn.taken")
	mended.INN = "1"
	wantProblem(t, write(func(ctx context.Context, tx *db.Tx) error { return s.ChangePerson(ctx, tx, mended) }), problem.Invalid, "identity.inn.length")
	mended.INN, mended.ID = "990100002902", "none"
	wantProblem(t, write(func(ctx context.Context, tx *db.Tx) error { return s.ChangePerson(ctx, tx, mended) }), problem.NotFound, "identity.person.missing")
	wantProblem(t, write(func(ctx context.Context, tx *db.Tx) error { _, err := s.Person(ctx, tx, "none"); return err }), problem.NotFound, "identity.person.missing")
}

func wantProblem(t *testing.T, err error, kind problem.Kind, key string) {
	t.Helper()
	if list := problem.All(err); len(list) == 0 || list[0].Kind != kind || list[0].Key != key {
		t.Errorf("got %v, want %s: %s", err, kind, key)
	}
}

func TestProfiles(t *testing.T) {
	t.Parallel()
	s, d := newService(t)
	err := d.Write(context.Background(), func(ctx context.Context, tx *db.Tx) error {
		own, err := s.Register(ctx, tx, anna())
		if err != nil {
			return err
		}
		firm := Profile{PersonID: own.PersonID, Kind: Organisation, RegisterNumber: "1999900000120", Title: "ООО «Заря»", Company: Company{Name: "ООО «Заря»"}}
		a, err := s.EnsureProfile(ctx, tx, firm)
		if err != nil {
			return err
		}
		firm.Title, firm.Company.Locality = "АО «Заря»", "Казань"
		b, err := s.EnsureProfile(ctx, tx, firm)
		if err != nil {
			return err
		}
		if a.ID != b.ID || b.Title != "АО «Заря»" || b.Company.Locality != "Казань" {
			t.Errorf("%+v then %+v", a, b)
		}
		_, err = s.EnsureProfile(ctx, tx, Profile{PersonID: own.PersonID, Kind: "bank"})
		wantProblem(t, err, problem.Invalid, "identity.kind.wrong")
		list, err := s.Profiles(ctx, tx, own.PersonID)
		if err != nil || len(list) != 2 {
			t.Errorf("%v, %v", list, err)
		}
		if p, err := s.Profile(ctx, tx, own.PersonID, b.ID); err != nil || p.Company != b.Company {
			t.Errorf("%+v, %v", p, err)
		}
		_, err = s.Profile(ctx, tx, "somebody else", b.ID)
		wantProblem(t, err, problem.NotFound, "identity.profile.missing")
		_, err = s.Profile(ctx, tx, own.PersonID, "none")
		wantProblem(t, err, problem.NotFound, "identity.profile.missing")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// FuzzNumbers: what is taken is digits of the right number, whatever comes, and
// cleaning twice is cleaning once.
func FuzzNumbers(f *testing.F) {
	for _, s := range []string{"990000001704", "112-233-445 95", "+7 (999) 000-00-01", "323990000000011", "\xff", "７７"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if c := Clean(s); Clean(c) != c {
			t.Errorf("%q cleans to %q, then to %q", s, c, Clean(c))
		}
		for length, valid := range map[int]func(string) bool{12: ValidPersonINN, 10: ValidCompanyINN, 11: ValidSNILS, 13: ValidOGRN, 15: ValidOGRNIP} {
			if valid(s) && !Digits(s, length) {
				t.Errorf("%q is taken", s)
			}
		}
		if ValidKPP(s) && len(s) != 9 {
			t.Errorf("%q is taken", s)
		}
		if p, ok := NormalPhone(s); ok && (len(p) != 12 || !Digits(p[2:], 10)) {
			t.Errorf("%q becomes %q", s, p)
		}
		if masked := MaskMail(s) + MaskPhone(s); len(s) > 8 && strings.Contains(masked, s) {
			t.Errorf("%q is masked to %q", s, masked)
		}
		if strings.Count(FormatPhone(s)+FormatSNILS(s), "-") > 2*strings.Count(s, "-")+4 {
			t.Errorf("%q is shown as %q", s, FormatPhone(s)+FormatSNILS(s))
		}
	})
}

// FuzzParseDate: a date that is taken is the day that was typed.
func FuzzParseDate(f *testing.F) {
	f.Add("29", "2", "2024")
	f.Add("٣", "1", "2020")
	f.Fuzz(func(t *testing.T, day, month, year string) {
		d, ok := ParseDate(day, month, year)
		if !ok {
			return
		}
		if again, ok := ParseDate(strconv.Itoa(d.Day), strconv.Itoa(d.Month), strconv.Itoa(d.Year)); !ok || again != d {
			t.Errorf("%v comes back as %v, %v", d, again, ok)
		}
		if time := d.Time(); time.Day() != d.Day || int(time.Month()) != d.Month || time.Year() != d.Year {
			t.Errorf("%v is no day", d)
		}
	})
}

// FuzzNames: a name that is taken can be stored, shown and printed.
func FuzzNames(f *testing.F) {
	for _, s := range []string{"Соколова", "O'Neill", "a\x00", "\xff", "\u202e", " a  b "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if n, ok := NormalName(s); ok {
			if again, ok := NormalName(n); !ok || again != n || !PlainText(n, 100) {
				t.Errorf("%q becomes %q, then %q", s, n, again)
			}
		}
		if PlainText(s, 50) && (!utf8.ValidString(s) || strings.ContainsAny(s, "\x00\r\n\u202e")) {
			t.Errorf("%q is taken for plain", s)
		}
		p := Person{Surname: s, GivenName: s, Patronymic: s}.Normalise()
		if wrong := p.CheckName(today); len(wrong) == 0 || !PlainText(p.ShortName(), 110) && !strings.Contains(keysOf(wrong), "surname") {
			t.Errorf("%q: %v, shown as %q", s, wrong, p.ShortName())
		}
	})
}
