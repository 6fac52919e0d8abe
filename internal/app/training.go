// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/valve"
	"podpis/internal/service/auth"
	"podpis/stand"
	"podpis/wire/smpp"
)

// trainingStand is the outside world of a training installation.
type trainingStand struct {
	servers  *stand.Servers
	listener net.Listener
	server   *http.Server
	url      string
}

// startStand starts the servers on ports of their own. The page stands on the
// port after the site's, or on any when that is taken.
func startStand(s Settings) (*trainingStand, error) {
	servers, err := stand.Start("127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start stand: %w", err)
	}
	if servers.Zone, err = s.zone(); err != nil {
		return nil, errors.Join(err, servers.Close())
	}
	handler, err := servers.Handler()
	if err != nil {
		return nil, errors.Join(err, servers.Close())
	}
	_, port, err := net.SplitHostPort(s.Listen)
	if err != nil {
		return nil, errors.Join(err, servers.Close())
	}
	n, err := strconv.Atoi(port)
	if err != nil || n == 0 {
		n = -1
	}
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(n+1)))
	if err != nil {
		if listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return nil, errors.Join(err, servers.Close())
		}
	}
	return &trainingStand{
		servers: servers, listener: listener, url: "http://" + listener.Addr().String() + "/",
		server: &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second},
	}, nil
}

func (t *trainingStand) run(ctx context.Context) error {
	go func() {
		<-ctx.Done()
		_ = t.server.Close() // the process ends
	}()
	return t.server.Serve(t.listener)
}

// deliver registers the delivery of notices with the gateways of the settings,
// or with the stand's.
func (a *App) deliver(notices *notify.Service) error {
	s := a.settings
	if s.Training {
		var err error
		if a.stand, err = startStand(s); err != nil {
			return err
		}
		a.closers = append(a.closers, a.stand.servers.Close)
		host, port, err := net.SplitHostPort(a.stand.servers.Mail.Addr())
		if err != nil {
			return fmt.Errorf("address of the stand: %w", err)
		}
		s.SMS = SMSSettings{Address: a.stand.servers.SMS.Addr(), SystemID: "podpis", From: "Podpis"}
		s.Mail = MailSettings{Host: host, From: "Подпись <no-reply@podpis.example>", Plain: true}
		if s.Mail.Port, err = strconv.Atoi(port); err != nil {
			return fmt.Errorf("address of the stand: %w", err)
		}
	}
	sms, err := a.smsGateway(s.SMS)
	if err != nil {
		return err
	}
	password, err := secret(s.Mail.PasswordFile)
	if err != nil {
		return err
	}
	mail := notify.NewSMTP(notify.SMTPConfig{
		Host: s.Mail.Host, Port: s.Mail.Port, From: s.Mail.From, User: s.Mail.User, Password: password, Plain: s.Mail.Plain,
	})
	notices.Work(a.runner, a.db, valve.Gateway(a.db, "sms", sms), valve.Gateway(a.db, "mail", mail), 0)
	return nil
}

var errNoSMS = fmt.Errorf("%w: no SMS gateway is set: give [sms] address or url, or start with --training", ErrSettings)

func (a *App) smsGateway(s SMSSettings) (notify.Gateway, error) {
	switch {
	case s.Address != "":
		password, err := secret(s.PasswordFile)
		if err != nil {
			return nil, err
		}
		client := smpp.NewClient(smpp.Config{Addr: s.Address, SystemID: s.SystemID, Password: password, Source: s.From})
		a.closers = append(a.closers, func() error {
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
			defer cancel()
			return client.Close(ctx)
		})
		return notify.NewSMPP(client), nil
	case s.URL != "":
		token, err := secret(s.TokenFile)
		if err != nil {
			return nil, err
		}
		return notify.NewHTTP(notify.HTTPConfig{URL: s.URL, Token: token}), nil
	}
	return nil, errNoSMS
}

// operatorMail is that of the operator of a training installation.
const operatorMail = "operator@podpis.example"

// trainingTitles name the staff of a training installation.
func trainingTitles() map[auth.Role]string {
	return map[auth.Role]string{
		auth.Operator: "Оператор (учебный)", auth.Officer: "Офицер УЦ (учебный)", auth.Auditor: "Аудитор (учебный)", auth.Administrator: "Администратор (учебный)",
	}
}

// trainingPhone is the number of a member of staff, in the order of [auth.StaffRoles].
func trainingPhone(i int) string { return "+7999000000" + strconv.Itoa(i+1) }

func trainingMail(role auth.Role) string { return string(role) + "@podpis.example" }

// trainingStaff makes one account of each role at the first start of a training
// installation and returns their password, which is drawn then and kept beside the
// database: nobody else's installation has the same.
func (a *App) trainingStaff(ctx context.Context) (password string, err error) {
	if !a.settings.Training {
		return "", nil
	}
	file := a.settings.path("training-operator")
	content, err := os.ReadFile(file)
	if err == nil {
		password = strings.TrimSpace(string(content))
	} else if !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("read password of the staff: %w", err)
	}
	known := password != ""
	if !known {
		b := make([]byte, 10)
		rand.Read(b)
		password = "Op-" + strings.ToLower(base32.StdEncoding.EncodeToString(b)[:12]) + "7"
	}
	err = a.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		for i, role := range auth.StaffRoles() {
			exists, err := a.accounts.HasStaff(ctx, tx, role)
			switch {
			case err != nil:
				return err
			case !exists:
				_, err = a.accounts.CreateStaff(ctx, tx, "installation", auth.Account{
					Role: role, Title: trainingTitles()[role], Phone: trainingPhone(i), Mail: trainingMail(role),
				}, password)
			case !known:
				err = a.accounts.SetPassword(ctx, tx, "installation", trainingMail(role), password)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("make staff: %w", err)
	}
	if known {
		return password, nil
	}
	return password, os.WriteFile(file, []byte(password+"\n"), 0o600)
}

// welcome tells whoever started the program where to go first.
func (a *App) welcome(out io.Writer, password string) {
	if !a.settings.Training {
		fmt.Fprintf(out, "Подпись: %s\n", a.settings.PublicURL)
		return
	}
	fmt.Fprintf(out, `
  Подпись, учебная установка

  Сайт       %s
  Стенд      %s   (здесь все СМС и письма)
  Сотрудники %s/login
             логин   %s
                     или officer@, auditor@, administrator@podpis.example
             пароль  %s
             код     придёт в СМС на стенд

  Начните с «Получить сертификат» на главной странице.
  Без регистрации: %s/try

`, a.settings.PublicURL, a.stand.url, a.settings.PublicURL, operatorMail, password, a.settings.PublicURL)
}
