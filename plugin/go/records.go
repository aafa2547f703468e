package httpreuse

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A Record is a *Request, *Connection, *Finding, *Call, *Origin, *Fix or *Capture.
type Record interface{ record() }

// An Endpoint is an address with its port, 0 where it has none.
type Endpoint struct {
	Address string `json:"address"`
	Port    int    `json:"port"`
}

// A Time is a moment of the capture, in nanoseconds since 1970.
type Time int64

// Time gives it as Go's own.
func (t Time) Time() time.Time { return time.Unix(0, int64(t)) }

// UnmarshalJSON reads epoch seconds with nine decimals, which a float64 could not hold.
func (t *Time) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return err
	}
	seconds, fraction, found := strings.Cut(text, ".")
	if !found || len(fraction) != 9 {
		return fmt.Errorf("httpreuse: %q is no time", text)
	}
	n, err := strconv.ParseInt(seconds+fraction, 10, 64)
	*t = Time(n)
	return err
}

// Milliseconds is a duration as the records have it.
type Milliseconds float64

// Duration gives it as Go's own.
func (ms Milliseconds) Duration() time.Duration {
	return time.Duration(float64(ms) * float64(time.Millisecond))
}

// A Request is one HTTP request. What the capture does not show is nil, or the empty string.
type Request struct {
	Frame          int           `json:"frame"`
	Time           Time          `json:"time"`
	Connection     int           `json:"connection"`
	Transport      string        `json:"transport"`
	TCPStream      *int          `json:"tcp_stream"`
	Stream         *int64        `json:"stream"`
	Protocol       string        `json:"protocol"`
	Method         string        `json:"method"`
	Scheme         string        `json:"scheme"`
	Authority      string        `json:"authority"`
	Target         string        `json:"target"`
	Status         string        `json:"status"` // new, reused or unknown
	Number         int           `json:"number"`
	NumberExact    bool          `json:"number_exact"`
	Delivery       string        `json:"delivery"`
	Concurrency    int           `json:"concurrency"`
	Idle           *Milliseconds `json:"idle_ms"`
	Setup          *Milliseconds `json:"setup_ms"`
	TLSHandshake   string        `json:"tls_handshake"`
	WhyNew         string        `json:"why_new"`
	Client         Endpoint      `json:"client"`
	Server         Endpoint      `json:"server"`
	ResponseFrame  *int          `json:"response_frame"`
	ResponseCode   *int          `json:"response_code"`
	ResponseTime   *Milliseconds `json:"response_time_ms"`
	Complete       *bool         `json:"complete"`
	Findings       []string      `json:"findings"`
	SentTime       Time          `json:"sent_time"`
	Source         string        `json:"source"` // Source, File, FileFrame: of many captures
	File           string        `json:"file"`
	FileFrame      *int          `json:"file_frame"`
	QUICConnection *int          `json:"quic_connection"`
	WasReused      *bool         `json:"reused"` // nil where Status is unknown
	AnswerBegin    *Milliseconds `json:"answer_begin_ms"`
	CallSite       string        `json:"call_site"` // the line of code that made it, if a trace says so
}

// A Connection is one connection of TCP or QUIC, or inside of a CONNECT.
type Connection struct {
	ID               int           `json:"id"`
	Transport        string        `json:"transport"`
	TCPStream        *int          `json:"tcp_stream"`
	Parent           *int          `json:"parent"`
	Client           Endpoint      `json:"client"`
	Server           Endpoint      `json:"server"`
	FirstFrame       int           `json:"first_frame"`
	FirstTime        Time          `json:"first_time"`
	ClientISN        *uint32       `json:"client_isn"`
	ServerISN        *uint32       `json:"server_isn"`
	Source           string        `json:"source"` // Source, File, FileFrame: of many captures
	File             string        `json:"file"`
	FileFrame        *int          `json:"file_frame"`
	OpenedFrame      *int          `json:"opened_frame"`
	OpenedTime       *Time         `json:"opened_time"`
	OpeningSeen      bool          `json:"opening_seen"`
	Protocol         string        `json:"protocol"`
	SNI              string        `json:"sni"`
	ALPN             string        `json:"alpn"`
	TLSVersion       string        `json:"tls_version"`
	TLSHandshake     string        `json:"tls_handshake"`
	TCPHandshakeTime *Milliseconds `json:"tcp_handshake_ms"`
	TLSHandshakeTime *Milliseconds `json:"tls_handshake_ms"`
	Requests         int           `json:"requests"`
	WhyNew           string        `json:"why_new"`
	WhyNewConnection *int          `json:"why_new_connection"`
	WhyNewCause      string        `json:"why_new_cause"`
	ClosedFrame      *int          `json:"closed_frame"`
	ClosedTime       *Time         `json:"closed_time"`
	CloseCause       string        `json:"close_cause"`
	CloseBy          string        `json:"close_by"`
	CloseCertainty   string        `json:"close_certainty"`
	IdleBeforeClose  *Milliseconds `json:"idle_before_close_ms"`
	TimeWait         string        `json:"time_wait"`
	BytesToClient    int64         `json:"bytes_to_client"`
	BytesToServer    int64         `json:"bytes_to_server"`
	Findings         []string      `json:"findings"`
	QUICConnection   *int          `json:"quic_connection"`
	ALPNIsOffer      bool          `json:"alpn_is_offer"` // what was agreed on is not shown
	Setup            *Milliseconds `json:"setup_ms"`
	Avoidable        bool          `json:"avoidable"`
	CloseFirstFIN    string        `json:"close_first_fin"`
	CloseCode        *int64        `json:"close_code"`
	CloseResetHops   *int          `json:"close_reset_hops"` // TTL or hop limit of the reset, ...
	CloseUsualHops   *int          `json:"close_usual_hops"` // ... and of that end's other packets
	LastTime         Time          `json:"last_time"`
	KeepAliveProbes  int           `json:"keep_alive_probes"`
}

// A Finding is something to know about a request or a connection.
type Finding struct {
	Frame        int             `json:"frame"`
	Code         string          `json:"code"`
	Severity     string          `json:"severity"`
	Connection   *int            `json:"connection"`
	RequestFrame *int            `json:"request_frame"`
	Source       string          `json:"source"` // Source, File, FileFrame: of many captures
	File         string          `json:"file"`
	FileFrame    *int            `json:"file_frame"`
	Data         json.RawMessage `json:"data"`
}

// A Call is what the program itself told of a request, by package httpreusetrace.
type Call struct {
	Time         Time     `json:"time"`
	Site         string   `json:"site"`
	Function     string   `json:"function"`
	Method       string   `json:"method"`
	Host         string   `json:"host"`
	Path         string   `json:"path"`
	Error        string   `json:"error"`
	Local        Endpoint `json:"local"`
	Remote       Endpoint `json:"remote"`
	Connection   int      `json:"connection"`
	Frame        *int     `json:"frame"`
	RequestFrame *int     `json:"request_frame"` // nil where its request is hidden in TLS
}

// An Origin is what a client pools connections by, and what it saw.
type Origin struct {
	Client               Endpoint      `json:"client"`
	Server               Endpoint      `json:"server"`
	Scheme               string        `json:"scheme"`
	Name                 string        `json:"name"`
	Protocol             string        `json:"protocol"`
	Connections          int           `json:"connections"`
	Requests             int           `json:"requests"`
	New                  int           `json:"new"`
	Reused               int           `json:"reused"`
	Unknown              int           `json:"unknown"`
	PeakConcurrency      int           `json:"peak_concurrency"`
	NeededConnections    int           `json:"needed_connections"`
	AvoidableConnections int           `json:"avoidable_connections"`
	AvoidableSetup       *Milliseconds `json:"avoidable_setup_ms"`
	ReuseRatio           *float64      `json:"reuse_ratio"`
	SetupMedian          *Milliseconds `json:"setup_median_ms"`
	SetupTotal           *Milliseconds `json:"setup_total_ms"`
	SavedSetup           *Milliseconds `json:"saved_setup_ms"`
}

// A Fix is one item of what to change, the dearest first.
type Fix struct {
	Rank                 int           `json:"rank"`
	Code                 string        `json:"code"`
	Client               Endpoint      `json:"client"`
	Server               Endpoint      `json:"server"`
	Name                 string        `json:"name"`
	Happened             string        `json:"happened"`
	Advice               string        `json:"advice"`
	AvoidableConnections int           `json:"avoidable_connections"`
	AvoidableSetup       *Milliseconds `json:"avoidable_setup_ms"`
	Filter               string        `json:"filter"`
	Change               string        `json:"change"`
	Severity             string        `json:"severity"`
	Scheme               string        `json:"scheme"`
	Source               string        `json:"source"` // what the advice is taken from
	Others               string        `json:"others"` // what else it may be
	Likely               int           `json:"likely"` // how many of the connections a pattern tells of, and no message
	Connections          int           `json:"connections"`
	ConnectionIDs        []int         `json:"connection_ids"`
	PassedOn             int           `json:"passed_on"` // failures that a proxy passed on to its own clients
	IdleUntilClose       *Span         `json:"idle_until_close"`
	IdleUntilRequest     *Span         `json:"idle_until_request"` // that was lost
	IdleUntilNext        *Span         `json:"idle_until_next"`    // the connection that took its place
	AgeAtClose           *Span         `json:"age_at_close"`
	PredictedConnections *int          `json:"predicted_connections"`
	PredictedSetup       *Milliseconds `json:"predicted_setup_ms"`
	PredictedInsteadOf   *int          `json:"predicted_instead_of"`
	ExplainedConnections *int          `json:"explained_connections"`
	Frames               []int         `json:"frames"`
	FrameCount           int           `json:"frame_count"`
	CallSites            []CallSite    `json:"call_sites"`
}

// A Span is the shortest and the longest of several times.
type Span struct {
	Least Milliseconds `json:"least_ms"`
	Most  Milliseconds `json:"most_ms"`
}

// A CallSite is a line of code, and how many of a Fix's connections its calls lost, or were opened for.
type CallSite struct {
	Site        string `json:"site"`
	Function    string `json:"function"`
	Connections int    `json:"connections"`
}

// ClocksApart is how far the clocks of two hosts were apart, as connections show.
type ClocksApart struct {
	Connections int           `json:"connections"`
	Most        *Milliseconds `json:"most_ms"` // nil where none shows it
}

// OutOfOrder counts the frames that are earlier than the frame before; Back is how far the furthest
// is behind the latest before it, nil where there is none.
type OutOfOrder struct {
	Frames int           `json:"frames"`
	Back   *Milliseconds `json:"back_ms"`
}

// A Peak is where and when a client came nearest to having no port left for a server: Ports in use
// and the Share of all, or connections opened PerSecond.
type Peak struct {
	Ports     int      `json:"ports"`
	Share     float64  `json:"share"`
	PerSecond int      `json:"per_second"`
	Client    Endpoint `json:"client"`
	Server    Endpoint `json:"server"`
	Time      Time     `json:"time"`
}

// A Capture is the sum of it all: the last record of a file.
type Capture struct {
	Schema               int            `json:"schema"`
	PluginVersion        string         `json:"plugin_version"`
	WiresharkVersion     string         `json:"wireshark_version"`
	File                 string         `json:"file"`      // "-" is standard input
	Interface            string         `json:"interface"` // of a live capture
	Filter               string         `json:"filter"`    // the client or server that all records are about
	Frames               int            `json:"frames"`
	Connections          int            `json:"connections"`
	Requests             int            `json:"requests"`
	New                  int            `json:"new"`
	Reused               int            `json:"reused"`
	Unknown              int            `json:"unknown"`
	ReuseRatio           *float64       `json:"reuse_ratio"`
	NeededConnections    int            `json:"needed_connections"`
	AvoidableConnections int            `json:"avoidable_connections"`
	AvoidableSetup       *Milliseconds  `json:"avoidable_setup_ms"`
	Unused               int            `json:"unused"`
	Opaque               int            `json:"opaque"`
	Findings             map[string]int `json:"findings"`
	// By code, what each finding means; by code and the client's library, what to do in its words.
	FindingTexts  map[string]string            `json:"finding_texts"`
	FindingAdvice map[string]map[string]string `json:"finding_advice"`

	FirstTime              *Time         `json:"first_time"`
	LastTime               *Time         `json:"last_time"`
	OutOfOrder             OutOfOrder    `json:"out_of_order"`
	ClockTick              *Milliseconds `json:"clock_tick_ms"` // nil where it is less than 1 ms
	Origins                int           `json:"origins"`
	SetupMedian            *Milliseconds `json:"setup_median_ms"`
	SetupTotal             *Milliseconds `json:"setup_total_ms"`
	SavedSetup             *Milliseconds `json:"saved_setup_ms"`
	RequestsWithoutHeaders int           `json:"requests_without_headers"`
	OtherConnections       int           `json:"other_connections"`
	OtherConnectionsCut    int           `json:"other_connections_cut"`    // of these, by a snap length
	OtherConnectionsUnseen int           `json:"other_connections_unseen"` // ... not a byte was captured
	OtherConnectionsUnread int           `json:"other_connections_unread"` // ... of QUIC, without a ClientHello
	// ... whose SYN was answered by a reset
	OtherConnectionsRefused int            `json:"other_connections_refused"`
	CapturedTwice           int            `json:"captured_twice"`
	ClocksApart             ClocksApart    `json:"clocks_apart"`
	OneWay                  map[string]int `json:"one_way"`
	ByTransport             map[string]int `json:"connections_by_transport"`
	ByTLSHandshake          map[string]int `json:"connections_by_tls_handshake"`
	TimeWaitPeak            map[string]int `json:"time_wait_peak"`
	PortsPeak               *Peak          `json:"ports_peak"`
	OpeningsPeak            *Peak          `json:"openings_peak"`
	Trace                   map[string]int `json:"trace"` // what became of the calls; nil without a trace
}

func (*Request) record()    {}
func (*Connection) record() {}
func (*Finding) record()    {}
func (*Call) record()       {}
func (*Origin) record()     {}
func (*Fix) record()        {}
func (*Capture) record()    {}
