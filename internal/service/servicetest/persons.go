// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package servicetest

import "podpis/internal/service/identity"

// Anna is a person with good numbers.
func Anna() identity.Person {
	return identity.Person{
		Surname: "Соколова", GivenName: "Анна", Patronymic: "Ивановна", BirthDate: identity.Date{Year: 1990, Month: 5, Day: 17},
		INN: "990000001704", SNILS: "99000000153",
		Passport: identity.Passport{
			Number: "9999123456", IssuedOn: identity.Date{Year: 2010, Month: 6, Day: 1}, Department: "160-001", IssuedBy: "МВД по Республике Татарстан",
		},
	}
}

// Boris is another.
func Boris() identity.Person {
	p := Anna()
	p.Surname, p.GivenName, p.Patronymic, p.INN, p.SNILS = "Ким", "Борис", "", "990100001169", "11223344595"
	return p
}
