// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package api

import (
	"bytes"
	"io"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"podpis/pki/alg"
)

// BenchmarkVerify asks for the judgement of a signature with GOST R 34.10 and its
// chain over a document of 1 KiB, eight requests at once over loopback; the client
// shares the cores. It prints requests a second, the slowest of a hundred, and by
// how much the heap grew.
func BenchmarkVerify(b *testing.B) {
	s := newStand(b, alg.GOST256B, "verify.rate", "100000000", "verify.places_network", "16")
	s.document = string(bytes.Repeat([]byte("x"), 1024))
	s.sign(b, alg.GOST256B)
	body, kind := multi(b, sig(s.detached), doc(s.document))
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}}
	defer client.CloseIdleConnections()
	ask := func() time.Duration {
		start := time.Now()
		answer, err := client.Post(s.URL+"/api/v1/verify", kind, bytes.NewReader(body))
		if err != nil {
			b.Error(err)
			return 0
		}
		defer answer.Body.Close()
		content, err := io.ReadAll(answer.Body)
		if err != nil || !bytes.Contains(content, []byte(`"verdict":"TOTAL-PASSED"`)) {
			b.Errorf("%v %s %s", err, answer.Status, content)
		}
		return time.Since(start)
	}
	for range 100 {
		ask()
	}
	heap := heapNow()
	took := make([]time.Duration, b.N)
	var n atomic.Int64
	b.ResetTimer()
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for i := n.Add(1); i <= int64(b.N); i = n.Add(1) {
				took[i-1] = ask()
			}
		})
	}
	group.Wait()
	b.StopTimer()
	slices.Sort(took)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(heapNow()-heap)/1024, "heap-growth-KiB")
}

func heapNow() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
