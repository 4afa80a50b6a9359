# Does the usual job of an S3 client with the AWS SDK for Ruby: a bucket, an upload in parts, an empty object with metadata, a copy,
# a list by pages, a presigned URL, a form, a batch of deletions.
#
# Usage: ruby s3.rb ENDPOINT BUCKET FILE; prints what was seen as one JSON object.
require "aws-sdk-s3"
require "json"
require "net/http"

endpoint, name, path = ARGV
client = Aws::S3::Client.new(
  endpoint: endpoint, region: "us-east-1", access_key_id: "test", secret_access_key: "test", force_path_style: true, retry_limit: 0)
bucket = Aws::S3::Bucket.new(name, client: client)
seen = {version: Aws::S3::GEM_VERSION}

bucket.create
bucket.wait_until_exists(max_attempts: 1)
large = bucket.object("dir/large")
large.upload_file(path, multipart_threshold: 5 << 20)
bucket.put_object(key: "dir/empty", body: "", metadata: {"colour" => "green"}, checksum_algorithm: "SHA256")
bucket.object("copy of empty").copy_from(bucket.object("dir/empty"))
bucket.object("streamed").upload_stream { |pipe| 7.times { pipe << "x" * (1 << 20) } }

seen[:tag] = large.etag
seen[:same] = large.get.body.read.b == File.binread(path)
seen[:metadata] = bucket.object("copy of empty").metadata
seen[:streamed] = bucket.object("streamed").size
seen[:presigned] = Net::HTTP.get(URI(bucket.object("dir/large").presigned_url(:get, expires_in: 60))).bytesize
written = URI(bucket.object("put by url").presigned_url(:put))
seen[:put] = Net::HTTP.new(written.host, written.port).send_request("PUT", written.request_uri, "by url", "content-type" => "").code
form = bucket.presigned_post(key: "form", success_action_status: "201", content_length_range: 1..10)
request = Net::HTTP::Post.new(URI(form.url))
request.set_form(form.fields.to_a + [["file", "by form"]], "multipart/form-data")
seen[:form] = Net::HTTP.start(request.uri.host, request.uri.port) { |http| http.request(request) }.code
seen[:missing] = begin
  bucket.object("none").get
rescue Aws::S3::Errors::NoSuchKey => error
  error.code
end
seen[:exists] = [bucket.object("none").exists?, Aws::S3::Bucket.new("never-made", client: client).exists?]
seen[:keys] = client.list_objects_v2(bucket: name, max_keys: 2).flat_map { |page| page.contents.map(&:key) }
seen[:versions] = bucket.object_versions.map(&:version_id).uniq
bucket.objects.batch_delete!
seen[:left] = bucket.objects.count
bucket.delete
puts JSON.generate(seen)
