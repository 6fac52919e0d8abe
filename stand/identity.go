// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package stand

import (
	"errors"
	"net/http"
	"time"

	"podpis/stand/bank"
	"podpis/stand/ebs"
	"podpis/stand/esia"
)

// Identity are the servers that say who people are.
type Identity struct {
	ESIA *esia.Server
	EBS  *ebs.Server
	Bank *bank.Server
}

// StartIdentity starts them on ports of their own of the loopback; now is their clock,
// nil for the system's.
func StartIdentity(now func() time.Time) (*Identity, error) {
	i := &Identity{}
	var err error
	if i.ESIA, err = esia.Start("127.0.0.1:0", now); err != nil {
		return nil, err
	}
	if i.EBS, err = ebs.Start("127.0.0.1:0", now); err != nil {
		return nil, errors.Join(err, i.Close())
	}
	if i.Bank, err = bank.Start("127.0.0.1:0", now); err != nil {
		return nil, errors.Join(err, i.Close())
	}
	return i, nil
}

// Close stops those that were started.
func (i *Identity) Close() error {
	var errs []error
	if i.ESIA != nil {
		errs = append(errs, i.ESIA.Close())
	}
	if i.EBS != nil {
		errs = append(errs, i.EBS.Close())
	}
	if i.Bank != nil {
		errs = append(errs, i.Bank.Close())
	}
	return errors.Join(errs...)
}

// turn takes the switches of ЕБС and of the bank; those of ЕСИА stand on its own page.
func (i *Identity) turn(w http.ResponseWriter, r *http.Request) {
	if i == nil {
		http.NotFound(w, r)
		return
	}
	if f := r.PostFormValue("ebs"); known(ebsModes(ebs.None), f) {
		i.EBS.Fail(ebs.Failure(f))
	}
	if f := r.PostFormValue("bank"); known(bankModes(bank.None), f) {
		i.Bank.Fail(bank.Failure(f))
	}
	w.Header().Set("Location", "./")
	w.WriteHeader(http.StatusSeeOther)
}

// identityPage is what the page shows of them.
type identityPage struct {
	ESIAURL, EBSURL, BankURL string
	EBSModes, BankModes      []choice
}

func (i *Identity) page() *identityPage {
	if i == nil {
		return nil
	}
	return &identityPage{i.ESIA.URL(), i.EBS.URL(), i.Bank.URL(), ebsModes(i.EBS.Failing()), bankModes(i.Bank.Failing())}
}

func ebsModes(now ebs.Failure) []choice {
	return choose(string(now), [][2]string{
		{string(ebs.None), "Работает"}, {string(ebs.Unreachable), "Рвёт связь без ответа"}, {string(ebs.Busy), "Отвечает 503"}, {string(ebs.Expired), "Даёт вчерашний итог"},
		{string(ebs.StrangerKey), "Итог подписан чужим ключом"}, {string(ebs.OtherPerson), "Итог о другом человеке"}, {string(ebs.Nonsense), "Совпадение больше единицы"},
	})
}

func bankModes(now bank.Failure) []choice {
	return choose(string(now), [][2]string{
		{string(bank.None), "Работает"}, {string(bank.Unreachable), "Рвёт связь без ответа"}, {string(bank.Busy), "Отвечает 503"}, {string(bank.Refuses), "Отказывает в доступе"},
		{string(bank.BadGrant), "Не принимает код"}, {string(bank.WrongState), "Чужой state"}, {string(bank.WrongNonce), "Чужой nonce"}, {string(bank.WrongIssuer), "Маркер другого издателя"},
		{string(bank.OtherIssuer), "Ответ от имени другого"}, {string(bank.Audience), "Маркер для другой системы"}, {string(bank.Expired), "Маркер просрочен"},
		{string(bank.AlgNone), "Маркер без подписи"}, {string(bank.Stranger), "Маркер подписан чужим ключом"}, {string(bank.OtherPerson), "Сведения о другом человеке"}, {string(bank.NoIDToken), "Нет маркера идентификации"},
	})
}
