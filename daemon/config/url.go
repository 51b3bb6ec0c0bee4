package config

import (
	"fmt"
	"net/url"
	"path"
	"regexp"
	"strings"
	"unicode"

	"github.com/payer-reconciler/reconciler/strictyaml"
)

var (
	scheme  = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9+.-]*)://`)
	scpLike = regexp.MustCompile(`^([A-Za-z0-9._-]+)@([A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9A-Fa-f:.]+\]):([^:]+)$`)
)

const wantURL = "want https://HOST/PATH, ssh://USER@HOST/PATH, git@HOST:PATH, file:///PATH or an absolute path"

// remote says how a repository is reached: https, http, ssh or file. What is wrong
// with the URL it says without the URL, since it may hold a password.
func remote(s string) (how, host, why string) {
	g := scheme.FindStringSubmatch(s)
	switch {
	case path.IsAbs(s) && strings.Trim(s, "/") == "":
		return "", "", "names no repository"
	case path.IsAbs(s):
		return "file", "", ""
	case strings.ContainsFunc(s, unicode.IsSpace):
		return "", "", "has white space in it"
	case g == nil && strings.Count(s, "@") > 1:
		return "", "", "has more than one @: " + wantURL
	case g == nil:
		if scp := scpLike.FindStringSubmatch(s); scp != nil {
			return "ssh", scp[2], ""
		}
		return "", "", wantURL
	}
	u, err := url.Parse(s)
	if err != nil {
		return "", "", wantURL
	}
	if why := wrongRemote(u); why != "" {
		return "", "", why
	}
	return u.Scheme, u.Hostname(), ""
}

func wrongRemote(u *url.URL) string {
	_, password := u.User.Password()
	switch {
	case u.Scheme != "https" && u.Scheme != "http" && u.Scheme != "ssh" && u.Scheme != "file":
		return fmt.Sprintf("no way to get at %s://: %s", strictyaml.Shown(u.Scheme), wantURL)
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return "has a ? or a #, which no repository needs; a token belongs in a file that tokenFile names"
	case u.Scheme == "file" && (u.Host != "" || u.User != nil):
		return "names a host: a file URL has three slashes, file:///PATH"
	case u.Scheme == "ssh" && password:
		return "holds a password, which would be in every log: use sshKeyFile"
	case u.Scheme != "ssh" && u.User != nil:
		return "holds credentials, which would be in every log: put the token into a file and name it in tokenFile (and its user in userName)"
	case u.Scheme != "file" && !isHost(u.Hostname()):
		return "names no host: " + wantURL
	case strings.Trim(u.Path, "/") == "":
		return "names no repository"
	}
	return ""
}
