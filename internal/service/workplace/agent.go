// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package workplace

import "strings"

// Agent is a program or a system as a browser names it.
type Agent struct{ Name, Version string }

// maxAgent bounds what is read of a header (RFC 9110, 10.1.5 sets no bound).
const maxAgent = 512

// ParseAgent reads the browser and the system of a User-Agent header. What is not
// recognised stays empty: nothing is guessed. (auth/agent names browsers for the memory of
// people; here versions count.)
func ParseAgent(header string) (browser, system Agent) {
	header = header[:min(len(header), maxAgent)]
	return browserOf(header), systemOf(header)
}

// browserOf looks for the marks of browsers, those that also carry the marks of others
// first: Edge says Chrome and Safari too.
func browserOf(header string) Agent {
	for _, b := range []struct{ mark, name string }{
		{"YaBrowser/", "Yandex"}, {"OPR/", "Opera"}, {"EdgA/", "Edge"}, {"EdgiOS/", "Edge"}, {"Edg/", "Edge"}, {"SamsungBrowser/", "Samsung Internet"},
		{"FxiOS/", "Firefox"}, {"Firefox/", "Firefox"}, {"CriOS/", "Chrome"}, {"Chrome/", "Chrome"},
		{"MSIE ", "Internet Explorer"}, {"Trident/", "Internet Explorer"},
	} {
		if version, ok := after(header, b.mark); ok {
			return Agent{b.name, version}
		}
	}
	if version, ok := after(header, "Version/"); ok && strings.Contains(header, "Safari/") {
		return Agent{"Safari", version}
	}
	return Agent{}
}

// windows are the systems that had names of their own before Windows 10.
var windows = map[string]string{
	"5.1": "Windows XP", "5.2": "Windows XP", "6.0": "Windows Vista", "6.1": "Windows 7", "6.2": "Windows 8", "6.3": "Windows 8.1",
}

func systemOf(header string) Agent {
	if version, ok := after(header, "Windows NT "); ok {
		if name := windows[version]; name != "" {
			return Agent{name, version}
		}
		return Agent{"Windows", version}
	}
	if version, ok := after(header, "Android "); ok {
		return Agent{"Android", version}
	}
	if strings.Contains(header, "iPhone") || strings.Contains(header, "iPad") {
		if version, ok := after(header, " OS "); ok {
			return Agent{"iOS", version}
		}
	}
	if version, ok := after(header, "Mac OS X "); ok {
		return Agent{"macOS", version}
	}
	if rest, ok := after(header, "CrOS x86_64 "); ok {
		return Agent{"ChromeOS", rest}
	}
	if strings.Contains(header, "Linux") || strings.Contains(header, "X11") {
		return Agent{"Linux", "0"}
	}
	return Agent{}
}

// after is the version that follows a mark: digits with dots, or with the underscores of
// Apple, two numbers of them.
func after(header, mark string) (string, bool) {
	_, rest, ok := strings.Cut(header, mark)
	if !ok {
		return "", false
	}
	end := strings.IndexFunc(rest, func(r rune) bool { return (r < '0' || r > '9') && r != '.' && r != '_' })
	if end >= 0 {
		rest = rest[:end]
	}
	parts := strings.SplitN(strings.ReplaceAll(rest, "_", "."), ".", 3)
	if parts[0] == "" || len(parts[0]) > 6 {
		return "", false
	}
	if len(parts) == 1 || parts[1] == "" || len(parts[1]) > 6 {
		return parts[0], true
	}
	return parts[0] + "." + parts[1], true
}
