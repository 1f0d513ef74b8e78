// Command hello is the smallest mediator: it answers GET /hello/Amina with "hello Amina".
package main

import (
	"context"
	"errors"
	"log"
	"net/http"

	"github.com/openhim/mediator-go/mediator"
	"github.com/openhim/mediator-go/mediator/openhim"
)

func main() {
	hello := openhim.Mediator{URN: "urn:mediator:hello", Version: "1.0.0", Name: "Hello"}
	cfg, unreadable := mediator.LoadConfig(mediator.Config{Registration: hello}, "", nil)
	m, unusable := mediator.New(cfg)
	if err := errors.Join(unreadable, unusable); err != nil {
		log.Fatal(err)
	}
	m.Handle("GET /hello/{name}", func(_ context.Context, req *mediator.Request) (*mediator.Response, error) {
		return mediator.Text(http.StatusOK, "hello "+req.PathValue("name")), nil
	})
	log.Fatal(m.Run(context.Background()))
}
