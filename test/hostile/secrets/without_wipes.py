#!/usr/bin/env python3
"""Takes out each line that keeps a secret secret, one after the other, and expects the
test of secrets to notice. Usage: without_wipes.py ROOT"""
import os
import shutil
import subprocess
import sys
import tempfile

TARGETS = [
    "test/hostile/secrets/hostile_secrets",
    "test/hostile/secrets/hostile_client_secrets",
]

# File, what stands there once, what stands there instead.
CHANGES = [
    ("lib/base/buf.c", "mcpauth__wipe(buf->data, buf->length);\n\t}\n", "}\n"),
    ("lib/base/hash.c", "mcpauth__wipe_stack_of_hash();", ""),
    (
        "lib/base/hash.c",
        "mcpauth__wipe_stack_of_mac();\n\treturn good;",
        "return good;",
    ),
    ("lib/base/hash.c", "mcpauth__wipe(extracted, sizeof extracted);", ""),
    ("lib/handle.c", "mcpauth__wipe(handles->key, sizeof handles->key);", ""),
    ("lib/base/json.c", "out:\n\tmcpauth__json_delete_wiped(tree);", "out:\n\tcJSON_Delete(tree);"),
    ("lib/base/json.c", "wipe_strings(child);", ""),
    ("lib/jose/jwk.c", "mcpauth__wipe_stack_of_signature();", ""),
    ("lib/jose/jwk.c", "mcpauth__wipe(encoded.data, encoded.size);", ""),
    ("lib/jose/jws.c", "mcpauth__wipe(jws->secret, jws->secret_size);", ""),
    ("lib/jose/signer.c", "mcpauth__wipe_stack_of_signature();\n\treturn code;", "return code;"),
    ("lib/jose/signer.c", "gnutls_privkey_deinit(signer->key);", ""),
    ("lib/base/wipe.c", "mcpauth__wipe(text, strlen(text));", ""),
    ("lib/net/transfer.c", "mcpauth__wipe(data, size * count);", ""),
    ("lib/net/transfer.c", "mcpauth__buf_wipe(&line);", "mcpauth__buf_finish(&line);"),
    ("lib/net/transfer.c", "mcpauth__wipe(line->data, strlen(line->data));", ""),
    (
        "lib/net/transfer.c",
        "mcpauth__buf_wipe(&transfer->body);",
        "mcpauth__buf_finish(&transfer->body);",
    ),
    ("lib/net/worker.c", "mcpauth__wipe(worker->proxy, strlen(worker->proxy));", ""),
    (
        "lib/settings/read.c",
        "mcpauth__json_delete_wiped(settings->tree);",
        "cJSON_Delete(settings->tree);",
    ),
    ("lib/settings/read.c", "mcpauth__wipe(settings->text, strlen(settings->text));", ""),
    ("lib/settings/read.c", "mcpauth__buf_wipe(&text);", "mcpauth__buf_finish(&text);"),
    ("lib/token/auth_info.c", "mcpauth__wipe(kept->token, kept->token_length);", ""),
    ("lib/endpoint/client_proof.c", "mcpauth__wipe(encoded.data, encoded.size);", ""),
    ("lib/endpoint/client_proof.c", "mcpauth__wipe_stack_of_hash();", ""),
    ("lib/endpoint/client_proof.c", "mcpauth__buf_wipe(&pair);", "mcpauth__buf_finish(&pair);"),
    (
        "lib/endpoint/client_proof.c",
        "mcpauth__wipe(proof->authorization, strlen(proof->authorization));",
        "",
    ),
    (
        "lib/endpoint/client_proof.c",
        "mcpauth__buf_wipe(&proof->form);",
        "mcpauth__buf_finish(&proof->form);",
    ),
    ("lib/endpoint/client_proof.c", "mcpauth__signer_free(proof->signer);", ""),
    (
        "lib/endpoint/client_proof.c",
        "mcpauth__buf_wipe(&assertion);",
        "mcpauth__buf_finish(&assertion);",
    ),
    ("lib/endpoint/endpoint.c", "return length > 0 && length <= ERROR_MAX && text[length] == '\\0';",
     "return text != NULL;"),
    ("lib/endpoint/endpoint.c", "mcpauth__json_delete_wiped(json);", "cJSON_Delete(json);"),
    ("lib/endpoint/exchanged.c", "mcpauth__wipe(token->value, token->length);", ""),
    (
        "lib/endpoint/exchanged.c",
        "mcpauth__json_delete_wiped(json);\n\treturn code;",
        "cJSON_Delete(json);\n\treturn code;",
    ),
    ("lib/endpoint/exchanger.c", "mcpauth__buf_wipe(&form);", "mcpauth__buf_finish(&form);"),
    ("lib/token/inquiry.c", "mcpauth__wipe(inquiry->token, inquiry->token_length);", ""),
    (
        "lib/endpoint/introspection.c",
        "mcpauth__buf_wipe(&introspection->form);",
        "mcpauth__buf_finish(&introspection->form);",
    ),
    (
        "lib/endpoint/introspection.c",
        "finish_request(introspection);\n\tatomic_fetch_sub(",
        "atomic_fetch_sub(",
    ),
    ("lib/verification.c", "mcpauth__wipe(verification->token, verification->length);", ""),
    ("middleware/exchange.c", "mcpauth__words_wipe(", "mcpauth__words_finish("),
    ("middleware/clients/failures.c", "mcpauth__wipe(failures->secret, sizeof failures->secret);", ""),
    # Its wipe of the stack is not here: what is noticed with GnuTLS 3.8 is not with 3.7.
    ("middleware/monitoring/subject_hash.c", "mcpauth__wipe(hash->key, hash->length);", ""),
    # An OAuth client: what it is given, what it makes, and what it keeps.
    ("lib/client/request/request.c", "mcpauth__wipe_free(*secret);", "free(*secret);"),
    (
        "lib/client/dpop.c",
        "mcpauth__wipe(dpop->pem, strlen(dpop->pem));",
        "",
    ),
    ("lib/client/grants/grants.c", "mcpauth__wipe(id_token, strlen(id_token));", ""),
    (
        "lib/client/grants/token_answer.c",
        "mcpauth__json_delete_wiped(json);",
        "cJSON_Delete(json);",
    ),
    ("lib/client/grants/token_answer.c", "mcpauth__wipe(secret, strlen(secret));", ""),
    (
        "lib/client/grants/token_request.c",
        "mcpauth__buf_wipe(&form);",
        "mcpauth__buf_finish(&form);",
    ),
    (
        "lib/client/login/authorization_request.c",
        "mcpauth__wipe(request->verifier, strlen(request->verifier));",
        "",
    ),
    (
        "lib/client/login/listener_connection.c",
        "mcpauth__buf_wipe(&connection->input);",
        "mcpauth__buf_finish(&connection->input);",
    ),
    ("lib/client/login/login.c", "mcpauth__wipe(login->code, strlen(login->code));", ""),
    (
        "lib/client/registration/registration_answer.c",
        "mcpauth__json_delete_wiped(json);\n\treturn code;",
        "cJSON_Delete(json);\n\treturn code;",
    ),
    (
        "lib/client/registration/registration.c",
        "mcpauth__wipe(identity.client_secret, strlen(identity.client_secret));",
        "",
    ),
    ("lib/client/config.c", "mcpauth__wipe(text, strlen(text));", ""),
    ("lib/client/tokens/obtain.c", "mcpauth__wipe_free(*text);", "free(*text);"),
    (
        "lib/client/tokens/obtain.c",
        "mcpauth__wipe_free(it->registration.client_secret);",
        "free(it->registration.client_secret);",
    ),
    (
        "lib/client/tokens/obtain_grant.c",
        "mcpauth__wipe_free(assertion);\n\treturn code;\n}\n\nstatic enum mcpauth_code vouch_by_w",
        "free(assertion);\n\treturn code;\n}\n\nstatic enum mcpauth_code vouch_by_w",
    ),
    (
        "lib/client/tokens/obtain_grant.c",
        "mcpauth__wipe_free(assertion);\n\treturn code;\n}\n\nstatic enum mcpauth_code run",
        "free(assertion);\n\treturn code;\n}\n\nstatic enum mcpauth_code run",
    ),
    ("lib/client/storage/credentials.c", "mcpauth__wipe(*text, strlen(*text));", ""),
    (
        "lib/client/storage/credentials_read.c",
        "mcpauth__json_delete_wiped(json);",
        "cJSON_Delete(json);",
    ),
    (
        "lib/client/storage/token_storage.c",
        "credentials, err);\n\t}\n\tmcpauth__buf_wipe(&text);",
        "credentials, err);\n\t}\n\tmcpauth__buf_finish(&text);",
    ),
    (
        "lib/client/storage/token_storage.c",
        "text.data, err);\n\t}\n\tmcpauth__buf_wipe(&text);",
        "text.data, err);\n\t}\n\tmcpauth__buf_finish(&text);",
    ),
    ("lib/client/storage/token_storage_custom.c", "mcpauth__wipe(kept, strlen(kept));", ""),
    (
        "lib/client/storage/token_storage_file.c",
        "mcpauth__buf_wipe(&text);",
        "mcpauth__buf_finish(&text);",
    ),
    (
        "lib/client/storage/token_storage_file.c",
        "mcpauth__json_delete_wiped(json);",
        "cJSON_Delete(json);",
    ),
    (
        "lib/client/storage/token_storage_file.c",
        "mcpauth__buf_wipe(&out);",
        "mcpauth__buf_finish(&out);",
    ),
    (
        "lib/client/storage/token_storage_file.c",
        "mcpauth__json_delete_wiped(old);",
        "cJSON_Delete(old);",
    ),
    (
        "lib/client/storage/token_storage_memory.c",
        "mcpauth__wipe(entry->text, strlen(entry->text));",
        "",
    ),
    # What is said: the header itself in the place of what is known of it.
    (
        "middleware/stages/access_log.c",
        "&& mcpauth__traceparent_is_valid(trace)",
        "",
    ),
    ("middleware/query.c", "mcpauth__wipe(query->room, strlen(query->room));", ""),
    # What is said: the token's own text in the error that goes to log and client.
    (
        "lib/jose/jws.c",
        'return malformed(err, "a signed token has three parts");',
        'return mcpauth__fail(err, MCPAUTH_E_MALFORMED_TOKEN, "odd: %s", token);',
    ),
    (
        "lib/token/attempt.c",
        ': "iss is none of the resource\'s issuers");',
        ": attempt->jws.payload_text);",
    ),
]


def build(folder):
    return subprocess.run(
        ["ninja", "-C", os.path.join(folder, "build"), *TARGETS],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def fails(folder, target):
    test = os.path.join(folder, "build", target)
    done = subprocess.run([test], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return done.returncode != 0


def notices(folder, name=""):
    """The one whose code it is first."""
    targets = TARGETS[::-1] if name.startswith("lib/client") else TARGETS
    return any(fails(folder, target) for target in targets)


def try_change(folder, change):
    name, old, new = change
    path = os.path.join(folder, name)
    with open(path, encoding="utf-8") as file:
        text = file.read()
    if text.count(old) != 1:
        return "does not stand there once"
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace(old, new))
        if build(folder).returncode != 0:
            return "does not compile"
        return None if notices(folder, name) else "went unnoticed"
    finally:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)


def prepare(root, folder):
    ignored = shutil.ignore_patterns(".git", "build*", "node_modules", ".node*")
    shutil.copytree(root, folder, ignore=ignored, dirs_exist_ok=True)
    subprocess.run(
        ["meson", "setup", "build", "-Dtests=enabled"],
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    if build(folder).returncode != 0 or notices(folder):
        sys.exit("the unchanged tree does not pass")


def main():
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        prepare(sys.argv[1], folder)
        for change in CHANGES:
            why = try_change(folder, change)
            line = change[1].replace("\n", " ").replace("\t", " ")
            print(f"{'not ok' if why else 'ok'} - {change[0]} without: {line}"
                  f"{' # ' + why if why else ''}", flush=True)
            failed += why is not None
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
