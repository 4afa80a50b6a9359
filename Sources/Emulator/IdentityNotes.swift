/// What is known of the operations of STS, IAM and the parameter store: how they differ from AWS.
enum IdentityNotes {
    static let differences: [String: String] = [
        "AssumeRole": """
        any role of the caller's own account is assumed, also one that was never made; a role of another account only if it was made there \
        and its trust policy names the caller's account; session policies, tags and external ids are checked and passed over
        """,
        "AttachRolePolicy": "policies of AWS are taken to be there, whatever their names",
        "GetAccessKeyInfo": "a key of twelve digits is its account's, every other the caller's",
        "GetCallerIdentity": "an access key that is no temporary one is its account's root: there are no users",
        "GetParameter": "parameters of AWS below /aws are not there; labels are not there",
        "GetPolicy": "policies of AWS have no documents here and are not found",
        "GetSessionToken": "MFA is not asked for",
        "ListInstanceProfilesForRole": "always empty: nothing makes instance profiles",
        "ListPolicies": "policies of AWS are not listed",
        "PutParameter": """
        SecureString is kept as it came, and told only with decryption; parameter policies and the data types of EC2 and of integrations are \
        refused; an AllowedPattern is matched in linear time, and one that looks around or back is refused
        """,
        "PutRolePermissionsBoundary": "recorded: it bounds nothing",
        "PutRolePolicy": "recorded: it grants nothing",
    ]
}
