// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package app

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/png"
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"
)

// training runs a training installation on a port of its own until the test ends.
func training(t *testing.T) *App { return trainingAt(t, "") }

// trainingAt is training under a name of its own, "localhost": some things of browsers want a
// name and no number.
func trainingAt(t *testing.T, host string) *App {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	log := slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: slog.LevelWarn}))
	ctx, cancel := context.WithCancel(context.Background())
	settings := Settings{Data: t.TempDir(), Listen: address, Training: true}
	if host != "" {
		_, port, err := net.SplitHostPort(address)
		if err != nil {
			t.Fatal(err)
		}
		settings.PublicURL = "http://" + net.JoinHostPort(host, port)
	}
	a, err := New(ctx, settings, log, nil)
	if err != nil {
		cancel()
		t.Fatal(errors.Join(err, l.Close()))
	}
	done := make(chan error, 1)
	go func() { done <- a.RunOn(ctx, l, io.Discard) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
		if err := a.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	for start := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		response, err := http.Get(a.PublicURL() + "/help")
		if err == nil {
			response.Body.Close()
			return a
		}
		if time.Since(start) > 10*time.Second {
			t.Fatal(err)
		}
	}
}

// testWriter sends the log of an installation to the test.
type testWriter struct{ t *testing.T }

func (w testWriter) Write(p []byte) (int, error) {
	w.t.Logf("%s", bytes.TrimSpace(p))
	return len(p), nil
}

// picture is a small PNG.
func picture() []byte {
	img := image.NewRGBA(image.Rect(0, 0, 600, 400))
	for i := range 600 * 400 {
		img.Set(i%600, i/600, color.RGBA{uint8(i), uint8(i >> 8), 128, 255})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err) // an image in memory always encodes
	}
	return b.Bytes()
}
