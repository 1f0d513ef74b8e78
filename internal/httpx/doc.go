// Package httpx is what every HTTP client of this module shares: retries that
// never repeat what must not be repeated, bounded reading of bodies, and the
// redaction of what must not be logged.
//
// Use it when a package talks to a server. A client is an ordinary
// *http.Client on a [Transport]:
//
//	client := &http.Client{Transport: httpx.NewTransport(httpx.Config{})}
//	req, _ := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
//	res, err := client.Do(req) // retried, if repeating it is safe
//	defer res.Body.Close()
//	body, err := httpx.ReadAll(res.Body, 1<<20)
package httpx
