// Puts records and reads them back through a subscription, with the AWS SDK for Go v2 over TLS.
//
// Usage: main ENDPOINT CA-FILE STREAM RECORDS; prints what was seen as one JSON object.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
)

// watcher notes which versions of HTTP the answers came in.
type watcher struct {
	next interface {
		Do(*http.Request) (*http.Response, error)
	}
	lock   sync.Mutex
	protos map[string]int
}

func (w *watcher) Do(request *http.Request) (*http.Response, error) {
	response, err := w.next.Do(request)
	if response != nil {
		w.lock.Lock()
		w.protos[response.Proto]++
		w.lock.Unlock()
	}
	return response, err
}

type report struct {
	Protocols map[string]int `json:"protocols"`
	Data      []string       `json:"data"`
	Events    int            `json:"events"`
	Last      string         `json:"continuation"`
}

func check(err error, what string) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", what, err)
		os.Exit(1)
	}
}

func main() {
	endpoint, authority, stream := os.Args[1], os.Args[2], os.Args[3]
	count, err := strconv.Atoi(os.Args[4])
	check(err, "records")
	pem, err := os.ReadFile(authority)
	check(err, "certificate")
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		check(fmt.Errorf("no certificate in %s", authority), "certificate")
	}
	transport := awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	})
	watch := &watcher{next: transport, protos: map[string]int{}}
	client := kinesis.New(kinesis.Options{
		Region:           "us-east-1",
		Credentials:      credentials.NewStaticCredentialsProvider("test", "test", ""),
		EndpointResolver: kinesis.EndpointResolverFromURL(endpoint),
		HTTPClient:       watch,
		Retryer:          aws.NopRetryer{},
	})
	context, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()

	_, err = client.CreateStream(context, &kinesis.CreateStreamInput{StreamName: &stream, ShardCount: aws.Int32(1)})
	check(err, "CreateStream")
	summary, err := client.DescribeStreamSummary(context, &kinesis.DescribeStreamSummaryInput{StreamName: &stream})
	check(err, "DescribeStreamSummary")
	made, err := client.RegisterStreamConsumer(context, &kinesis.RegisterStreamConsumerInput{
		StreamARN: summary.StreamDescriptionSummary.StreamARN, ConsumerName: aws.String("go"),
	})
	check(err, "RegisterStreamConsumer")
	subscription, err := client.SubscribeToShard(context, &kinesis.SubscribeToShardInput{
		ConsumerARN: made.Consumer.ConsumerARN, ShardId: aws.String("shardId-000000000000"),
		StartingPosition: &types.StartingPosition{Type: types.ShardIteratorTypeLatest},
	})
	check(err, "SubscribeToShard")

	var entries []types.PutRecordsRequestEntry
	for number := 0; number < count; number++ {
		entries = append(entries, types.PutRecordsRequestEntry{
			Data: []byte(fmt.Sprintf("record %d", number)), PartitionKey: aws.String("p"),
		})
	}
	put, err := client.PutRecords(context, &kinesis.PutRecordsInput{StreamName: &stream, Records: entries})
	check(err, "PutRecords")
	if put.FailedRecordCount == nil || *put.FailedRecordCount != 0 {
		check(fmt.Errorf("some records failed"), "PutRecords")
	}

	seen := report{Protocols: watch.protos}
	for event := range subscription.GetStream().Events() {
		pushed, ok := event.(*types.SubscribeToShardEventStreamMemberSubscribeToShardEvent)
		if !ok {
			check(fmt.Errorf("%T", event), "an unknown event")
		}
		seen.Events++
		seen.Last = *pushed.Value.ContinuationSequenceNumber
		for _, record := range pushed.Value.Records {
			seen.Data = append(seen.Data, string(record.Data))
		}
		if len(seen.Data) >= count {
			break
		}
	}
	check(subscription.GetStream().Err(), "the event stream")
	check(subscription.GetStream().Close(), "closing the event stream")
	_, err = client.DeregisterStreamConsumer(context, &kinesis.DeregisterStreamConsumerInput{ConsumerARN: made.Consumer.ConsumerARN})
	check(err, "DeregisterStreamConsumer")
	check(json.NewEncoder(os.Stdout).Encode(seen), "the report")
}
