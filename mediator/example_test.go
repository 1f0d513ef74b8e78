package mediator_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/openhim/mediator-go/mediator"
	"github.com/openhim/mediator-go/mediator/openhim"
)

// exampleMediator is a mediator that needs no core.
func exampleMediator() *mediator.Mediator {
	m, err := mediator.New(mediator.Config{
		Registration: openhim.Mediator{URN: "urn:mediator:example", Version: "1.0.0", Name: "Example"},
		Unregistered: true,
	})
	if err != nil {
		panic(err)
	}
	return m
}

// exampleRequest sends a request as a core would and prints what the core would see.
func exampleRequest(m *mediator.Mediator, method, target, body string) {
	req := httptest.NewRequestWithContext(context.Background(), method, target, strings.NewReader(body))
	req.Header.Set("X-OpenHIM-TransactionID", "507f1f77bcf86cd799439011")
	rec := httptest.NewRecorder()
	m.ServeHTTP(rec, req)
	var e openhim.Envelope
	if err := json.Unmarshal(rec.Body.Bytes(), &e); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(e.Status, e.Response.Status, strings.TrimSpace(e.Response.Body))
	for _, o := range e.Orchestrations {
		fmt.Print("- ", o.Name)
		if o.Response != nil {
			fmt.Print(" ", o.Response.Status)
		}
		fmt.Println()
	}
}

func Example() {
	m, err := mediator.New(mediator.Config{
		Registration: openhim.Mediator{URN: "urn:mediator:hello", Version: "1.0.0", Name: "Hello"},
		OpenHIM:      openhim.Config{URL: "https://core:8080", Username: "hello@example.org", Password: "secret"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	m.Handle("GET /hello/{name}", func(_ context.Context, req *mediator.Request) (*mediator.Response, error) {
		return mediator.Text(http.StatusOK, "hello "+req.PathValue("name")), nil
	})
	// m.Run(ctx) would register it, beat and serve; this is what it answers.
	exampleRequest(m, http.MethodGet, "/hello/Amina", "")
	// Output: Successful 200 hello Amina
}

func ExampleMediator_Use() {
	m := exampleMediator()
	named := func(name string) mediator.Middleware {
		return func(next mediator.Handler) mediator.Handler {
			return func(ctx context.Context, req *mediator.Request) (*mediator.Response, error) {
				fmt.Println(name, "before")
				resp, err := next(ctx, req)
				fmt.Println(name, "after")
				return resp, err
			}
		}
	}
	m.Use(named("first"), named("second")) // the first added is the outermost
	m.Handle("GET /", func(context.Context, *mediator.Request) (*mediator.Response, error) {
		return mediator.Text(http.StatusOK, "done"), nil
	})
	exampleRequest(m, http.MethodGet, "/", "")
	// Output:
	// first before
	// second before
	// second after
	// first after
	// Successful 200 done
}

func ExampleMediator_HandleHTTP() {
	m := exampleMediator()
	m.HandleHTTP("/files/", http.NotFoundHandler()) // any http.Handler
	exampleRequest(m, http.MethodGet, "/files/x", "")
	// Output: Completed 404 404 page not found
}

func ExampleTransport() {
	lab := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) }))
	defer lab.Close()
	client := &http.Client{Transport: mediator.Transport(nil)}

	m := exampleMediator()
	m.Handle("GET /result", func(ctx context.Context, _ *mediator.Request) (*mediator.Response, error) {
		req, err := http.NewRequestWithContext(mediator.Named(ctx, "ask the laboratory"), http.MethodGet, lab.URL+"/results/17", nil)
		if err != nil {
			return nil, err
		}
		resp, err := client.Do(req) // recorded, because its context carries the transaction
		if err != nil {
			return nil, err
		}
		return mediator.Text(http.StatusOK, "no result yet"), resp.Body.Close()
	})
	exampleRequest(m, http.MethodGet, "/result", "")
	// Output:
	// Successful 200 no result yet
	// - ask the laboratory 404
}

func ExampleTransaction_Orchestrate() {
	m := exampleMediator()
	m.Handle("POST /", func(ctx context.Context, req *mediator.Request) (*mediator.Response, error) {
		err := req.Transaction.Orchestrate(ctx, "check the codes", func(context.Context) error {
			return mediator.Errorf(http.StatusUnprocessableEntity, "gender is not a code of ours")
		})
		return nil, err
	})
	exampleRequest(m, http.MethodPost, "/", `{"gender":"?"}`)
	// Output:
	// Completed 422 {"error":"gender is not a code of ours","transaction":"507f1f77bcf86cd799439011"}
	// - check the codes 500
}

func ExampleRequest_Decode() {
	m := exampleMediator()
	m.Handle("POST /", func(_ context.Context, req *mediator.Request) (*mediator.Response, error) {
		var patient struct {
			ResourceType string `json:"resourceType"`
		}
		if err := req.Decode(&patient); err != nil {
			return nil, err
		}
		return mediator.Text(http.StatusOK, patient.ResourceType), nil
	})
	exampleRequest(m, http.MethodPost, "/", "{\n  \"resourceType\": Patient\n}")
	// Output:
	// Completed 400 {"error":"malformed JSON at line 2, column 19: unexpected character looking for beginning of value","transaction":"507f1f77bcf86cd799439011"}
}

func ExampleAccepted() {
	m := exampleMediator()
	done := make(chan struct{})
	m.Handle("POST /import", func(context.Context, *mediator.Request) (*mediator.Response, error) {
		return mediator.Accepted(func(context.Context) (*mediator.Response, error) {
			defer close(done)
			return mediator.Text(http.StatusOK, "1,000 rows imported"), nil // goes into the transaction
		}), nil
	})
	exampleRequest(m, http.MethodPost, "/import", "…")
	<-done
	// Output: Processing 202
}

func ExampleLoadConfig() {
	environment := map[string]string{"OPENHIM_URL": "https://core:8080", "SERVER_PORT": "http"}
	_, err := mediator.LoadConfig(mediator.Config{}, "", func(name string) string { return environment[name] })
	fmt.Println(err)
	// Output: mediator: environment variable SERVER_PORT: is no port number, 0 to 65535
}
