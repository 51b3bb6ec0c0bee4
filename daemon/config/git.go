package config

import (
	"path"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/strictyaml"
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
	r.credentials(g, r.url(g.URL))
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
		case strings.Contains(clean, "$"):
			r.bad("git.path", "has a $: a folder in the repository is written out, nothing of it comes from the environment")
		}
		g.Path = clean
	}
	r.author(&g.Author)
	for i, file := range g.Verify.Keys {
		if at := strictyaml.Entry("git.verify.keys", i); r.has(at) && slices.Index(g.Verify.Keys, file) < i {
			r.bad(at, "the file stands here twice")
		}
	}
}

// url checks the URL and says how the repository is reached, "" where that is not known.
func (r *resolver) url(url string) string {
	if !r.has("git.url") {
		return ""
	}
	how, host, why := remote(url)
	if how == "http" && r.isSet("git.tokenFile") && !loopback(host) {
		why = "a token goes over plain HTTP to this machine only: use https"
	}
	if why != "" {
		r.bad("git.url", "%s", why)
		return ""
	}
	return how
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

// credentials checks that what is there to get in fits the URL.
func (r *resolver) credentials(g *Git, how string) {
	token, key, hosts := r.isSet("git.tokenFile"), r.isSet("git.sshKeyFile"), r.isSet("git.knownHostsFile")
	if r.isSet("git.userName") && !token {
		r.bad("git.userName", "goes with tokenFile, which is missing")
	} else if token && or(r, "git.userName", &g.UserName, defaultUserName) && strings.Contains(g.UserName, ":") {
		r.bad("git.userName", "has a colon, which basic authentication does not take")
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
		if strings.ContainsAny(s, "<>") {
			r.bad(key, "has < or >, which git does not take")
		}
	}
	if r.has("git.author.email") && (!strings.Contains(a.Email, "@") || strings.Contains(a.Email, " ")) {
		r.bad("git.author.email", "want an email address")
	}
}

// inside cleans a path in a repository; ok says that it stays there.
func inside(p string) (clean string, ok bool) {
	clean = path.Clean(p)
	return clean, !path.IsAbs(p) && clean != ".." && !strings.HasPrefix(clean, "../")
}
