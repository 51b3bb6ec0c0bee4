package config

import (
	"fmt"
	"net/url"
	"path"
	"regexp"
	"strings"
	"unicode"
)

// git checks where the payer files come from.
func (r *resolver) git() {
	g := &r.c.Git
	if !r.has("git") {
		return
	}
	if !r.isSet("git.url") {
		r.local(g)
		return
	}
	scheme := ""
	if r.has("git.url") {
		how, host, why := remote(g.URL)
		if why != "" {
			r.bad("git.url", "%s", why)
		}
		if how == "http" && r.isSet("git.tokenFile") && !loopback(host) {
			r.bad("git.url", "a token goes over plain HTTP to this machine only: use https")
			how = ""
		}
		scheme = how
	}
	r.credentials(g, scheme)
	if or(r, "git.branch", &g.Branch, defaultBranch) {
		r.branch("git.branch", g.Branch)
	}
	if or(r, "git.push.branch", &g.Push.Branch, g.Branch) {
		r.branch("git.push.branch", g.Push.Branch)
	}
	if or(r, "git.path", &g.Path, ".") {
		clean, ok := inside(g.Path)
		switch {
		case !ok:
			r.bad("git.path", "is outside the repository: with git.url it is a folder in it")
		case clean == ".git" || strings.HasPrefix(clean, ".git/"):
			r.bad("git.path", "is git's own folder")
		}
		g.Path = clean
	}
	r.author(&g.Author)
}

// local checks a config without a remote: a folder, and nothing of a remote.
func (r *resolver) local(g *Git) {
	if !r.isSet("git.path") {
		if !r.unfit["git"] {
			r.bad("git", "want url, or path alone for a local folder without a remote")
		}
		return
	}
	g.Path = r.file("git.path", g.Path)
	for _, key := range []string{"branch", "tokenFile", "userName", "sshKeyFile", "knownHostsFile", "author", "push", "verify"} {
		if r.isSet("git." + key) {
			r.bad("git."+key, "is for a repository with a url: a local folder is read as it stands, and nothing is committed")
		}
	}
}

var (
	scheme  = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9+.-]*)://`)
	scpLike = regexp.MustCompile(`^([A-Za-z0-9._-]+)@([A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9A-Fa-f:.]+\]):([^:]+)$`)
)

const wantURL = "want https://HOST/PATH, ssh://USER@HOST/PATH, git@HOST:PATH, file:///PATH or an absolute path"

// remote says how a repository is reached: https, http, ssh or file. What is wrong
// with the URL it says without the URL, since it may hold a password.
func remote(s string) (how, host, why string) {
	if strings.ContainsFunc(s, func(c rune) bool { return unicode.IsSpace(c) || unicode.IsControl(c) }) {
		return "", "", "has white space or a control character"
	}
	g := scheme.FindStringSubmatch(s)
	switch {
	case g == nil && path.IsAbs(s):
		return "file", "", ""
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
		return fmt.Sprintf("no way to get at %s://: %s", shown(u.Scheme), wantURL)
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return "has a ? or a #, which no repository needs; a token belongs in a file that tokenFile names"
	case u.Scheme == "file" && (u.Host != "" || u.User != nil):
		return "names a host: a file URL has three slashes, file:///PATH"
	case u.Scheme == "ssh" && password:
		return "holds a password, which would be in every log: use sshKeyFile"
	case u.Scheme != "ssh" && u.User != nil:
		return "holds credentials, which would be in every log: put the token into a file and name it in tokenFile (and its user in userName)"
	case u.Scheme != "file" && u.Hostname() == "":
		return "names no host: " + wantURL
	case strings.Trim(u.Path, "/") == "":
		return "names no repository behind the host"
	}
	return ""
}

// credentials checks that what is there to get in fits the URL.
func (r *resolver) credentials(g *Git, how string) {
	token, key, hosts := r.isSet("git.tokenFile"), r.isSet("git.sshKeyFile"), r.isSet("git.knownHostsFile")
	if r.isSet("git.userName") && !token {
		r.bad("git.userName", "goes with tokenFile, which is missing")
	} else if token {
		or(r, "git.userName", &g.UserName, defaultUserName)
	}
	if how == "" { // nothing is known of the URL
		return
	}
	if token && how != "https" && how != "http" {
		r.bad("git.tokenFile", "is for https; git.url is %s", how)
	}
	for _, k := range []string{"git.sshKeyFile", "git.knownHostsFile"} {
		if r.isSet(k) && how != "ssh" {
			r.bad(k, "is for ssh; git.url is %s", how)
		}
	}
	switch {
	case how != "ssh" || key && hosts:
	case key:
		r.bad("git.sshKeyFile", "goes with knownHostsFile, which is missing: without it nobody knows the server (ssh-keyscan HOST prints its lines; compare them with what the server's owner says)")
	default:
		r.bad("git.url", "is ssh: sshKeyFile and knownHostsFile have to stand beside it")
	}
}

// author checks what stands in commits.
func (r *resolver) author(a *Author) {
	or(r, "git.author.name", &a.Name, defaultAuthor)
	or(r, "git.author.email", &a.Email, defaultAuthorEmail)
	for key, s := range map[string]string{"git.author.name": a.Name, "git.author.email": a.Email} {
		if strings.ContainsFunc(s, func(c rune) bool { return c == '<' || c == '>' || unicode.IsControl(c) }) {
			r.bad(key, "has <, > or a control character, which git does not take")
		}
	}
	if r.has("git.author.email") && (!strings.Contains(a.Email, "@") || strings.ContainsAny(a.Email, " \t")) {
		r.bad("git.author.email", "want an email address")
	}
}

// branch checks the name of a branch as git check-ref-format does.
func (r *resolver) branch(key, name string) {
	if short, ok := strings.CutPrefix(name, "refs/heads/"); ok {
		r.bad(key, "want the name of the branch alone: %q", shown(short))
		return
	}
	if why := wrongBranch(name); why != "" {
		r.bad(key, "%q is not the name of a branch: %s", shown(name), why)
	}
}

func wrongBranch(name string) string {
	switch {
	case name == "HEAD" || name == "@":
		return "git has another meaning for it"
	case strings.HasPrefix(name, "-"):
		return "it begins with -"
	case strings.HasSuffix(name, "."):
		return "it ends with a dot"
	case strings.Contains(name, ".."):
		return "it has two dots in a row"
	case strings.Contains(name, "@{"):
		return "it has @{"
	case len(name) > 244: // a file of git's holds it: 255 bytes with .lock behind it
		return "it is too long"
	}
	if i := strings.IndexFunc(name, func(c rune) bool { return unicode.IsControl(c) || strings.ContainsRune(" ~^:?*[\\", c) }); i >= 0 {
		return "it has a space, a control character or one of ~ ^ : ? * [ \\"
	}
	for _, part := range strings.Split(name, "/") {
		switch {
		case part == "":
			return "it begins or ends with a slash, or has two in a row"
		case strings.HasPrefix(part, "."):
			return "a part of it begins with a dot"
		case strings.HasSuffix(part, ".lock"):
			return "a part of it ends with .lock"
		}
	}
	return ""
}
