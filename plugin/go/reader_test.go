package httpreuse

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestTimesHaveTheirNanoseconds(t *testing.T) {
	var at Time
	if err := json.Unmarshal([]byte(`"1795229976.979301007"`), &at); err != nil {
		t.Fatal(err)
	}
	if want := time.Unix(1795229976, 979301007); !at.Time().Equal(want) {
		t.Errorf("%v, want %v", at.Time(), want)
	}
	if err := json.Unmarshal([]byte(`"12.5"`), &at); err == nil {
		t.Error("a time of one decimal is taken")
	}
}

func TestRecordsWithoutTheCaptureAreIncomplete(t *testing.T) {
	line := `{"type":"request","frame":4,"status":"new","method":null,"idle_ms":null}` + "\n"
	reader := NewReader(strings.NewReader(line + `{"type":"later","x":1}` + "\n"))
	record, err := reader.Read()
	if err != nil {
		t.Fatal(err)
	}
	request, ok := record.(*Request)
	if !ok || request.Frame != 4 || request.Method != "" || request.Idle != nil {
		t.Errorf("%+v", record)
	}
	if _, err := reader.Read(); !errors.Is(err, ErrIncomplete) {
		t.Errorf("%v", err)
	}
}

func TestAnotherSchemaIsRefused(t *testing.T) {
	if _, err := ReadAll(strings.NewReader(`{"type":"capture","schema":2}`)); err == nil {
		t.Error("schema 2 is read")
	}
	if _, err := NewReader(strings.NewReader("{")).Read(); err == nil || err == io.EOF {
		t.Errorf("%v", err)
	}
}

// Each field of the types stands in the JSON Schema.
func TestTypesAreOfTheSchema(t *testing.T) {
	data, err := os.ReadFile("../doc/ndjson.schema.json")
	if err != nil {
		t.Skip(err)
	}
	var schema struct {
		Defs map[string]struct {
			Properties map[string]json.RawMessage
		} `json:"$defs"`
	}
	if err := json.Unmarshal(data, &schema); err != nil {
		t.Fatal(err)
	}
	for _, record := range []Record{&Request{}, &Connection{}, &Finding{}, &Call{}, &Origin{}, &Fix{},
		&Capture{}} {
		kind := reflect.TypeOf(record).Elem()
		properties := schema.Defs[strings.ToLower(kind.Name())].Properties
		delete(properties, "type")
		for i := 0; i < kind.NumField(); i++ {
			name := kind.Field(i).Tag.Get("json")
			if properties[name] == nil {
				t.Errorf("the schema's %s has no %q", kind.Name(), name)
			}
			delete(properties, name)
		}
		for name := range properties {
			t.Errorf("%s has no %q of the schema", kind.Name(), name)
		}
	}
}
