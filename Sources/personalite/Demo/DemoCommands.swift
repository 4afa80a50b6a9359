import ServiceKit

/// The same by hand, with the aws CLI and curl.
struct DemoCommands {
    let data: DemoData
    let cast: DemoData.Cast
    let address: String

    func print(on console: Console, isRunning: Bool) {
        console.line(console.strong("By hand"))
        if !isRunning {
            console.line(
                console.faint("  # personalite demo --stay leaves such a server running; or start an empty one: personalite serve --reference-app &")
            )
        }
        for line in preparation { console.line("  " + line) }
        console.line(console.faint("  # From an empty server; after demo --stay all of this is there already"))
        for line in building { console.line("  " + line) }
        console.line(console.faint("  # Ask, click, ask again"))
        for line in asking { console.line("  " + line) }
    }

    private var preparation: [String] {
        [
            "export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=us-east-1 AWS_ENDPOINT_URL=\(address)",
            "REST=\(address)/_aws/execute-api/reference/prod A=\(DemoStory.account)",
        ]
    }

    private var building: [String] {
        [
            "aws s3 mb s3://\(DemoStory.bucket)",
            "aws s3 cp \(data.interactionsPath) s3://\(DemoStory.bucket)/interactions.csv",
            "aws s3 cp \(data.itemsPath) s3://\(DemoStory.bucket)/items.csv",
            "aws personalize create-schema --name my-schema --schema '\(DemoSchema.interactions(data.interactionColumns))'",
            "aws personalize create-schema --name my-item-schema --schema '\(DemoSchema.items(data.itemColumns))'",
            "aws personalize create-dataset-group --name \(DemoStory.group)",
            dataset("interactions", schema: "my-schema"),
            dataset("items", schema: "my-item-schema"),
            importJob("interactions"),
            importJob("items"),
            "aws personalize create-solution --name \(DemoStory.solution) --dataset-group-arn $A:dataset-group/\(DemoStory.group) --recipe-arn \(DemoStory.recipe)",
            #"curl $REST/solutionVersion -d '{"solutionArn":"'$A':solution/\#(DemoStory.solution)","version":"v1"}'"#,
            #"curl $REST/describeSolutionVersion -d '{"solutionVersionArn":"'$A':solution/\#(DemoStory.solution)/v1"}'   # until "ACTIVE""#,
            #"curl $REST/campaign -d '{"name":"\#(DemoStory.campaign)","solutionVersionArn":"'$A':solution/\#(DemoStory.solution)/v1"}'"#,
            #"curl $REST/eventTracker -d '{"name":"my-tracker","datasetGroupArn":"'$A':dataset-group/\#(DemoStory.group)"}'"#,
        ]
    }

    private func dataset(_ name: String, schema: String) -> String {
        "aws personalize create-dataset --name dataset-\(name) --dataset-type \(name) --schema-arn $A:schema/\(schema)"
            + " --dataset-group-arn $A:dataset-group/\(DemoStory.group)"
    }

    private func importJob(_ name: String) -> String {
        "aws personalize create-dataset-import-job --job-name import-\(name) --role-arn \(DemoStory.role)"
            + " --dataset-arn $A:dataset/\(DemoStory.group)/\(name.uppercased()) --data-source dataLocation=s3://\(DemoStory.bucket)/\(name).csv"
    }

    private var asking: [String] {
        let ask = #"curl "$REST/getRecommendations?campaignArn=$A:campaign/\#(DemoStory.campaign)&userId=\#(cast.user)&numResults=10""#
        return [
            "T=$(aws personalize describe-event-tracker --query eventTracker.trackingId --output text --event-tracker-arn"
                + " $(aws personalize list-event-trackers --query 'eventTrackers[0].eventTrackerArn' --output text))",
            ask,
            #"curl $REST/data -d '{"stream-name":"my-stream","PartitionKey":"userId","Data":{"userId":"\#(cast.user)","itemId":"\#(cast.item)","#
                + #""eventType":"click","interactions":1,"sentAt":'$(date +%s)',"trackingId":"'$T'"}}'"#,
            ask,
            "aws personalize-runtime get-recommendations --campaign-arn $A:campaign/\(DemoStory.campaign) --user-id \(cast.user)",
        ]
    }
}
