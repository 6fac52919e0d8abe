// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package mchd

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"podpis/pki/xmltree"
)

// grammar is the shape of the format, EMCHD_1 (ON_EMCHD, version 003). A line is an element or a
// type: attributes, then elements in their order. "!" is required, "?" may be there, "+" once or
// more, "*" any number; after "=" stands the type, and "/" parts elements of which there is one.
// A type in small letters is a simple one: see [simple].
const grammar = `
Доверенность: @ВерсФорм!=version @ПрЭлФорм!=flags @ИдФайл!=s255 @ИдФайлНО?=s255 @OID?=s255 ИнСвед?=s5000 Документ!=Документ
Документ: @КНД?=c7 Довер=Довер / Передов=Передов
Довер: СвДов!=СвДов СвДоверит+=СвДоверит СвУпПред+=СвУпПред СвПолн!=СвПолн СвНотУд?=СвНотУд
СвДоверит: @ТипДоверит!=1..4 Доверит!=Доверит
Доверит: РосОргДовер?=РосОрг ИнОргДовер?=ИнОрг ИПДовер?=ИП ФЛДовер?=ФЛДовер
Передов: @ПрНалПередов!=0..1 СвПервДовер!=СвПервДовер СвПередов?=СвПервДовер СвПереДовер!=СвДов СвПередПолн+=СвПередПолн СвПолучПолн+=СвУпПред СвПолн!=СвПолн СвНотУд?=СвНотУд
СвПередПолн: @ТипПерПолн!=1..5 ПередПолн!=ПередПолн
ПередПолн: РосОргПерПолн?=РосОрг ИППерПолн?=ИП ФЛПерПолн?=ФЛПерПолн ФилПерПолн?=Филиал ИнПерПолн?=ИнОрг
ФЛПерПолн: @СтУчНД?=status @ПрНалРук?=0..1 @ИННФЛ!=inn12 @СНИЛС!=snils СведРукоп?=ФЛ СведФЛ!=Лицо
Филиал: СвФил!=Орг СвРукФил!=ФЛ
РосОрг: @ЕИОУК!=0..1 @ЕИОФЛ!=0..1 @ЕИОИП!=0..1 СвРосОрг!=Орг ЛицоБезДов+=ЛицоБезДов
ЛицоБезДов: @ПолнЮЛ!=1..2 СВЮЛ?=СВЮЛ СвФЛ?=ФЛ СвИП?=ИП
СВЮЛ: СвЮЛЕИО!=Орг СвФЛ+=ФЛ
ФЛ: @СтУчНД?=status @ИННФЛ?=inn12 @СНИЛС?=snils @Должность?=s255 ДокПдтв?=ДокПдтв СведФЛ!=Лицо
ИнОрг: СвИнОрг!=СвИнОрг СвРукОП+=ФЛ
ИП: @СтУчНД?=status @НаимИП?=s1000 @ОГРНИП!=n15 @ИННФЛ!=inn12 @СНИЛС!=snils ДокПдтв?=ДокПдтв СведФЛ!=Лицо
СвПервДовер: @ПрДовер!=1..2 @ФормДовер!=1..2 @ДатаВыдДовер!=range @СрокДейст!=range @ВнНомДоверПерв?=s50 @ВнНомДоверN?=s50 @НомДоверПерв?=guid @НомДоверN?=guid @НомРНДПерв?=s28 @НомРНДN?=s28 СвДоверПерв*=СвДоверПерв СвНотДейств?=Нотариус ВриоНот?=Врио
СвДоверПерв: @ТипДоверит!=1..4 ДоверитПерв!=ДоверитПерв
ДоверитПерв: РосОргДовер?=Орг ИнОргДовер?=СвИнОрг ИПДовер?=ИП ФЛДовер?=ФЛДовер
СвДов: @ВидДовер!=1..2 @ПрПередов!=1..3 @ВнНомДовер!=s50 @НомДовер!=guid @НомРНДДовер?=s28 @ДопИдДовер?=s50 @ДатаВнРегДовер?=date @ДатаВыдДовер!=date @СрокДейст!=date @КодНО?=n4 КодНОДейст*=n4 СведСист!=s1000 Безотзыв?=Безотзыв
Безотзыв: @ПрПерБезДов!=1..2 @УслОтзыва!=1..2 ОписУслОт?=s1000
СвУпПред: @ТипПред!=1..5 Пред!=Пред
Пред: СведОрг?=Орг СведИП?=ИП СведФизЛ?=ФЛ СведФилиал?=Орг СведИО?=СвИнОрг
СвПолн: @ТипПолн!=0..1 @ПрСовмПолн!=1..2 @ПрУтрПолн?=1..2 ТекстПолн?=s10000 МашПолн*=МашПолн
МашПолн: @МнПолн?=from6 @КодПолн!=from6 @НаимПолн!=s255 ОгрСвПолн*=ОгрСвПолн
ОгрСвПолн: @ИдОгр!=count @КодОгр!=s255 @НаимОгр!=s255 @НаимЗначОгр?=s255 КодЗначОгр=s255 / ТексЗначОгр=s255
СвНотУд: @МестоДовер!=s250 @НапрДокДовЕПГУ?=0..1 @НапрДокПовЕПГУ?=0..1 @НапрДокЗвлФНП?=0..1 @НапрДокПовФНП?=0..1 @УплНотДейст!=money @ЛьготаСум?=money @ДрИнфСист?=s255 @ДрСпосВыд?=s255 @ДопСвНотДовер?=s2500 ИнСвУдНадпис?=s2500 СвНотДейств!=Нотариус ПодпРукопис+=ПодпРукопис ВриоНот?=Врио
ПодпРукопис: ХешPDFДок!=s16000 ПодпИзобр!=s16000 ХешПодп!=s16000 ДатаВремПодп!=unix ФИООтв!=ФИО
Нотариус: @Должность!=s255 @РегНомНот!=s5..13 ФИОНотДейств!=ФИО
Врио: @Должность!=s255 @РегНомНот!=s3..8 ФИОВриоНот!=ФИО
Орг: @СтУчНД?=status @НаимОрг!=s1000 @ИННЮЛ?=inn10 @КПП!=kpp @ОГРН?=n13 @РегНомер?=s80 @НаимУчрДок?=s1000 @КонтактТлф?=s50 @АдрЭлПочт?=s3..129 ДокПдтв?=ДокПдтв АдрРег?=Адрес
СвИнОрг: @СтУчНД?=status @НаимИО!=s1000 @ИННЮЛ?=inn10 @КПП?=kpp @НЗА?=c11 @СтрРег?=n3 @НаимРегОрг?=s255 @РегНомер?=s80 @КодНПРег?=s80 @КонтактТлф?=s50 @АдрЭлПочт?=s3..129 @АдрСтрРег?=s1000 АдрМНФакт?=Адрес
ФЛДовер: @СтУчНД?=status @ПрДеесп?=0..1 @ПрНалРук?=0..1 @ДокНедеесп?=s255 @ИННФЛ?=inn12 @СНИЛС!=snils СведФЛ!=Лицо СвЗакПредРук?=ЛицоБезДов
Лицо: @Пол?=1..2 @ПрГражд?=1..3 @НомЕРН?=n12 @ДатаРожд?=date @МестоРожд?=s250 @Гражданство?=n3 @КонтактТлф?=s50 @АдрЭлПочт?=s3..129 ФИО!=ФИО АдрМЖ?=Адрес УдЛичнФЛ?=УдЛичнФЛ
УдЛичнФЛ: @КодВидДок!=n2 @СерНомДок!=s25 @ДатаДок!=date @ВыдДок?=s4000 @КодВыдДок?=c7 expDate?=date
ДокПдтв: @НаимДокПдтв?=s120 @ДатаВыд?=date @КемВыд?=s1000 @СвУдДок?=s1000
Адрес: @Регион!=n2 @ИдФИАС?=guid АдрРФ=s1000 / ФИАСАдрРФ=s1000 /
ФИО: @Фамилия!=s200 @Имя!=s200 @Отчество?=s200
`

// item is an attribute or an element of a shape.
type item struct {
	name, kind string
	count      byte // '!', '?', '+', '*'
}

// shape is what an element holds.
type shape struct {
	attrs    []item
	children []item
	oneOf    bool // of the children there is one
	none     bool // or none
}

// shapes is the grammar, read when first wanted.
var shapes = sync.OnceValue(func() map[string]shape {
	all := map[string]shape{}
	for line := range strings.Lines(strings.TrimSpace(grammar)) {
		name, rest, _ := strings.Cut(strings.TrimSpace(line), ":")
		var s shape
		s.oneOf, s.none = strings.Contains(rest, " /"), strings.HasSuffix(rest, " /")
		for _, word := range strings.Fields(strings.ReplaceAll(rest, " /", "")) {
			left, kind, _ := strings.Cut(word, "=")
			i := item{name: left, kind: kind, count: '!'}
			if last := left[len(left)-1]; strings.IndexByte("!?+*", last) >= 0 {
				i.name, i.count = left[:len(left)-1], last
			}
			if attr, ok := strings.CutPrefix(i.name, "@"); ok {
				i.name = attr
				s.attrs = append(s.attrs, i)
			} else {
				s.children = append(s.children, i)
			}
		}
		all[name] = s
	}
	return all
})

// FormatError says which element is not as the format has it, and why.
type FormatError struct {
	Path string // «Доверенность/Документ/Довер»
	Why  string // for logs and developers, English
	Err  error  // of the XML itself, nil otherwise
}

func (e *FormatError) Error() string {
	if e.Err != nil {
		return "mchd: " + e.Err.Error()
	}
	return "mchd: " + e.Path + ": " + e.Why
}

// Unwrap returns what was wrong with the XML.
func (e *FormatError) Unwrap() error { return e.Err }

// schemaInstance is the namespace of hints to validators, which carry nothing.
const schemaInstance = "http://www.w3.org/2001/XMLSchema-instance"

// check holds an element to the shape of its kind.
func check(n *xmltree.Node, kind, path string) error {
	path = strings.TrimPrefix(path+"/"+n.Local, "/")
	wrong := func(why string, args ...any) error { return &FormatError{Path: path, Why: fmt.Sprintf(why, args...)} }
	if n.Space != Namespace {
		return wrong("namespace %q", n.Space)
	}
	s, compound := shapes()[kind]
	for _, a := range n.Attrs {
		if a.Space == schemaInstance {
			continue
		}
		known := slices.IndexFunc(s.attrs, func(i item) bool { return a.Space == "" && i.name == a.Local })
		if known < 0 {
			return wrong("attribute %s is not of the format", a.Local)
		}
		if !simple(s.attrs[known].kind, a.Value) {
			return wrong("attribute %s is not of its kind (%s)", a.Local, s.attrs[known].kind)
		}
	}
	for _, a := range s.attrs {
		if _, ok := n.Attr(a.name); a.count == '!' && !ok {
			return wrong("attribute %s is missing", a.name)
		}
	}
	if !compound {
		if children := n.Elements(); len(children) > 0 {
			return wrong("element %s in a text", children[0].Local)
		}
		if !simple(kind, textOf(n)) {
			return wrong("the text is not of its kind (%s)", kind)
		}
		return nil
	}
	if strings.TrimSpace(textOf(n)) != "" {
		return wrong("a text among elements")
	}
	return s.contents(n.Elements(), path, wrong)
}

// contents holds the elements of a shape to their order and number.
func (s shape) contents(list []*xmltree.Node, path string, wrong func(string, ...any) error) error {
	if s.oneOf {
		switch {
		case len(list) == 0 && s.none:
			return nil
		case len(list) != 1:
			return wrong("%d elements where one is to be chosen", len(list))
		}
		for _, c := range s.children {
			if c.name == list[0].Local {
				return check(list[0], c.kind, path)
			}
		}
		return wrong("element %s is not expected", list[0].Local)
	}
	for _, c := range s.children {
		n := 0
		for len(list) > 0 && list[0].Local == c.name && (n == 0 || c.count == '+' || c.count == '*') {
			if err := check(list[0], c.kind, path); err != nil {
				return err
			}
			list = list[1:]
			n++
		}
		if n == 0 && (c.count == '!' || c.count == '+') {
			return wrong("element %s is missing", c.name)
		}
	}
	if len(list) > 0 {
		return wrong("element %s is not expected", list[0].Local)
	}
	return nil
}

func textOf(n *xmltree.Node) string {
	var b strings.Builder
	for c := n.First; c != nil; c = c.Next {
		if c.Kind == xmltree.Text {
			b.WriteString(c.Data)
		}
	}
	return b.String()
}

// patterns of simple types that are more than a length.
var patterns = sync.OnceValue(func() map[string]*regexp.Regexp {
	all := map[string]*regexp.Regexp{}
	for name, p := range map[string]string{
		"version": `EMCHD_1`, "flags": `[01]{8}`, "guid": `[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}`,
		"inn12": `(\d[1-9]|[1-9]\d)\d{10}`, "inn10": `(\d[1-9]|[1-9]\d)\d{8}`, "kpp": `(\d[1-9]|[1-9]\d)\d\d[0-9A-Z]{2}\d{3}`,
		"snils": `\d{3}-\d{3}-\d{3}[- ]\d{2}`, "status": `101|102|299|301|303|399`, "money": `[+-]?\d{1,8}(\.\d{1,2})?`, "unix": `[+-]?\d{1,10}`,
		"count": `0{0,9}[1-9]\d{0,2}`,
	} {
		all[name] = regexp.MustCompile(`^(?:` + p + `)$`)
	}
	return all
})

// simple reports whether a value is of a simple type: sN up to N signs, sM..N between the two, fromN
// up to 255, cN so many signs, nN digits, M..N one digit between the two, or one of the patterns.
func simple(kind, value string) bool {
	if p := patterns()[kind]; p != nil {
		return p.MatchString(value)
	}
	signs := utf8.RuneCountInString(value)
	switch kind {
	case "date", "range":
		d, err := time.Parse(time.DateOnly, value)
		return err == nil && (kind == "date" || d.Year() >= 1900 && d.Year() <= 2100)
	}
	low, high, ranged := strings.Cut(strings.TrimLeft(kind, "sfromcn"), "..")
	from, _ := strconv.Atoi(low)
	to := from
	if ranged {
		to, _ = strconv.Atoi(high)
	}
	switch {
	case strings.HasPrefix(kind, "from"):
		return signs >= from && signs <= 255
	case kind[0] == 's' && !ranged:
		return signs >= 1 && signs <= from
	case kind[0] == 's':
		return signs >= from && signs <= to
	case kind[0] == 'c':
		return signs == from
	case kind[0] == 'n':
		return len(value) == from && strings.Trim(value, "0123456789") == ""
	}
	return len(value) == 1 && value >= low && value <= high
}
