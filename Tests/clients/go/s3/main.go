// Does the usual job of an S3 client with the AWS SDK for Go v2: a bucket, an upload in parts, an empty object with metadata, a copy,
// a list by pages, a presigned URL, a batch of deletions.
//
// Usage: main ENDPOINT BUCKET; prints what was seen as one JSON object.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/feature/s3/manager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
)

const mebibyte = 1 << 20

type report struct {
	Keys      []string          `json:"keys"`
	Pages     int               `json:"pages"`
	Tag       string            `json:"tag"`
	Metadata  map[string]string `json:"metadata"`
	Same      bool              `json:"same"`
	Presigned string            `json:"presigned"`
	Missing   string            `json:"missing"`
	Deleted   int               `json:"deleted"`
	Left      int               `json:"left"`
}

func check(err error, what string) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", what, err)
		os.Exit(1)
	}
}

func main() {
	endpoint, bucket := os.Args[1], aws.String(os.Args[2])
	client := s3.New(s3.Options{
		Region:           "us-east-1",
		Credentials:      credentials.NewStaticCredentialsProvider("test", "test", ""),
		EndpointResolver: s3.EndpointResolverFromURL(endpoint),
		UsePathStyle:     true,
		Retryer:          aws.NopRetryer{},
	})
	context, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	var seen report

	_, err := client.CreateBucket(context, &s3.CreateBucketInput{Bucket: bucket})
	check(err, "CreateBucket")
	check(s3.NewBucketExistsWaiter(client).Wait(context, &s3.HeadBucketInput{Bucket: bucket}, 10*time.Second), "HeadBucket")

	body := make([]byte, 12*mebibyte)
	for index := range body {
		body[index] = byte(index * 7)
	}
	// The reader is wrapped so that the uploader cannot seek in it, as with a pipe.
	_, err = manager.NewUploader(client).Upload(context, &s3.PutObjectInput{
		Bucket: bucket, Key: aws.String("dir/large"), Body: io.LimitReader(bytes.NewReader(body), int64(len(body))),
		ChecksumAlgorithm: types.ChecksumAlgorithmCrc32c,
	})
	check(err, "Upload")
	_, err = client.PutObject(context, &s3.PutObjectInput{
		Bucket: bucket, Key: aws.String("dir/empty"), Body: bytes.NewReader(nil), Metadata: map[string]string{"colour": "green"},
	})
	check(err, "PutObject")
	_, err = client.CopyObject(context, &s3.CopyObjectInput{
		Bucket: bucket, Key: aws.String("copy of empty"), CopySource: aws.String(*bucket + "/dir/empty"),
	})
	check(err, "CopyObject")

	head, err := client.HeadObject(context, &s3.HeadObjectInput{Bucket: bucket, Key: aws.String("dir/large")})
	check(err, "HeadObject")
	seen.Tag = *head.ETag
	copied, err := client.GetObject(context, &s3.GetObjectInput{Bucket: bucket, Key: aws.String("copy of empty")})
	check(err, "GetObject")
	check(copied.Body.Close(), "GetObject")
	seen.Metadata = copied.Metadata
	buffer := manager.NewWriteAtBuffer(nil)
	_, err = manager.NewDownloader(client).Download(context, buffer, &s3.GetObjectInput{Bucket: bucket, Key: aws.String("dir/large")})
	check(err, "Download")
	seen.Same = bytes.Equal(buffer.Bytes(), body)

	signed, err := s3.NewPresignClient(client).PresignGetObject(context, &s3.GetObjectInput{
		Bucket: bucket, Key: aws.String("dir/large"), Range: aws.String("bytes=0-2"),
	})
	check(err, "PresignGetObject")
	request, err := http.NewRequestWithContext(context, signed.Method, signed.URL, nil)
	check(err, "the presigned URL")
	request.Header = signed.SignedHeader
	answer, err := http.DefaultClient.Do(request)
	check(err, "the presigned URL")
	seen.Presigned = answer.Status
	check(answer.Body.Close(), "the presigned URL")

	_, err = client.HeadObject(context, &s3.HeadObjectInput{Bucket: bucket, Key: aws.String("none")})
	var missing smithy.APIError
	if errors.As(err, &missing) {
		seen.Missing = missing.ErrorCode()
	}

	pages := s3.NewListObjectsV2Paginator(client, &s3.ListObjectsV2Input{Bucket: bucket, MaxKeys: 2})
	var unwanted []types.ObjectIdentifier
	for pages.HasMorePages() {
		page, err := pages.NextPage(context)
		check(err, "ListObjectsV2")
		seen.Pages++
		for _, object := range page.Contents {
			seen.Keys = append(seen.Keys, *object.Key)
			unwanted = append(unwanted, types.ObjectIdentifier{Key: object.Key})
		}
	}
	deleted, err := client.DeleteObjects(context, &s3.DeleteObjectsInput{Bucket: bucket, Delete: &types.Delete{Objects: unwanted}})
	check(err, "DeleteObjects")
	seen.Deleted = len(deleted.Deleted)
	left, err := client.ListObjectsV2(context, &s3.ListObjectsV2Input{Bucket: bucket})
	check(err, "ListObjectsV2")
	seen.Left = len(left.Contents)
	_, err = client.DeleteBucket(context, &s3.DeleteBucketInput{Bucket: bucket})
	check(err, "DeleteBucket")
	check(json.NewEncoder(os.Stdout).Encode(seen), "the report")
}
