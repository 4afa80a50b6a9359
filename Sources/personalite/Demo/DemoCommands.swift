import Glibc
import ServiceKit

/// The same by hand, with the aws CLI and curl.
struct DemoCommands {
    let stack: DemoStack
    let cast: DemoData.Cast
    let address: String

    func print(on console: Console, isRunning: Bool) {
        console.line(console.strong("By hand"))
        if !isRunning {
            console.line(console.faint("  # personalite demo --stay leaves such a server running; or start an empty one: personalite serve &"))
        }
        for line in preparation { console.line("  " + line) }
        console.line(console.faint("  # From an empty server; after demo --stay all of this is there already"))
        for line in building { console.line("  " + line) }
        console.line(console.faint("  # Where the stack's API is"))
        for line in finding { console.line("  " + line) }
        console.line(console.faint("  # Train, deploy, track; after demo --stay this is done, too"))
        for line in training { console.line("  " + line) }
        console.line(console.faint("  # Ask, click, ask again"))
        for line in asking { console.line("  " + line) }
    }

    private var preparation: [String] {
        [
            "export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=us-east-1 AWS_ENDPOINT_URL=\(address)",
            "A=\(DemoStory.account)",
        ]
    }

    private var building: [String] {
        let isInTree = access("testdata/post/template.yaml", R_OK) == 0
        let template = isInTree ? "testdata/post/template.yaml" : "/tmp/post/template.yaml"
        let parameters = stack.parameters.map { " '\($0.name)=\($0.value)'" }.joined()
        return [
            "aws s3 mb s3://\(DemoStory.bucket)",
            "aws s3 cp \(stack.data.interactionsPath) s3://\(DemoStory.bucket)/interactions.csv",
            "aws s3 cp \(stack.data.itemsPath) s3://\(DemoStory.bucket)/items.csv",
        ] + (isInTree ? [] : ["personalite demo --files /tmp/post"]) + [
            "aws cloudformation package --template-file \(template) --s3-bucket \(DemoStory.bucket) --output-template-file /tmp/post.yaml",
            "aws cloudformation deploy --template-file /tmp/post.yaml --stack-name \(DemoStack.name) --capabilities CAPABILITY_NAMED_IAM"
                + (parameters.isEmpty ? "" : " --parameter-overrides\(parameters)"),
        ]
    }

    private var finding: [String] {
        [
            "API=$(aws cloudformation describe-stacks --stack-name \(DemoStack.name) --output text"
                + " --query \"Stacks[0].Outputs[?OutputKey=='Api'].OutputValue\")",
            "REST=\(address)/_aws/execute-api/$API/prod JSON='content-type: application/json'",
        ]
    }

    private var training: [String] {
        [
            #"curl $REST/solutionVersion -d '{"solutionArn":"'$A':solution/\#(DemoStory.solution)","version":"v1"}'"#,
            #"curl $REST/describeSolutionVersion -d '{"solutionVersionArn":"'$A':solution/\#(DemoStory.solution)/v1"}'   # until "ACTIVE""#,
            #"curl $REST/campaign -d '{"name":"\#(DemoStory.campaign)","solutionVersionArn":"'$A':solution/\#(DemoStory.solution)/v1"}'"#,
            #"curl $REST/eventTracker -d '{"name":"my-tracker","datasetGroupArn":"'$A':dataset-group/\#(DemoStory.group)"}'"#,
        ]
    }

    private var asking: [String] {
        let ask = #"curl "$REST/getRecommendations?campaignArn=$A:campaign/\#(DemoStory.campaign)&userId=\#(cast.user)&numResults=10""#
        return [
            "T=$(aws personalize describe-event-tracker --query eventTracker.trackingId --output text --event-tracker-arn"
                + " $(aws personalize list-event-trackers --query 'eventTrackers[0].eventTrackerArn' --output text))",
            ask,
            #"curl $REST/data -H "$JSON" -d '{"stream-name":"my-stream","PartitionKey":"userId","Data":{"userId":"\#(cast.user)","#
                + #""itemId":"\#(cast.item)","eventType":"click","interactions":1,"sentAt":"'$(date +%s)'","trackingId":"'$T'"}}'"#,
            ask,
            "aws personalize-runtime get-recommendations --campaign-arn $A:campaign/\(DemoStory.campaign) --user-id \(cast.user)",
        ]
    }
}
