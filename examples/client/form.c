/* Reads just enough HTML to press "sign in" and "allow" in plain forms. */
#define _POSIX_C_SOURCE 200809L

#include "form.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define BLANKS " \t\r\n\f"

struct input {
	struct text type;
	struct text name;
	struct text value;
	bool checked;
};

struct filling {
	struct form *form;
	const char *user;
	const char *password;
	struct text button;
	bool approves;
};

static const struct {
	const char *name;
	char character;
} entities[] = {
	{"&amp;", '&'},
	{"&quot;", '"'},
	{"&lt;", '<'},
	{"&gt;", '>'},
	{"&apos;", '\''},
};

/* @return how much of the page one character took */
static size_t decode_entity(const char *at, char *out)
{
	char *end = NULL;
	*out = *at;
	for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++) {
		size_t length = strlen(entities[i].name);
		if (strncmp(at, entities[i].name, length) == 0) {
			*out = entities[i].character;
			return length;
		}
	}
	if (strncmp(at, "&#", 2) == 0) {
		bool hex = at[2] == 'x' || at[2] == 'X';
		long code = strtol(at + 2 + hex, &end, hex ? 16 : 10);
		if (*end == ';' && code > 0 && code < 128) {
			*out = (char)code;
			return (size_t)(end + 1 - at);
		}
	}
	return 1;
}

static void add_decoded(struct text *text, const char *from, size_t length)
{
	for (size_t i = 0; i < length;) {
		char c;
		i += decode_entity(from + i, &c);
		text_add(text, &c, 1);
	}
}

/* Read the next attribute; NULL at the end of the tag. */
static const char *next_attribute(const char *at, struct text *name, struct text *value)
{
	text_finish(name);
	text_finish(value);
	at += strspn(at, BLANKS "/");
	size_t length = strcspn(at, BLANKS "/>=");
	if (*at == '\0' || *at == '>' || length == 0) {
		return NULL;
	}
	text_add(name, at, length);
	at += length;
	const char *equals = at + strspn(at, BLANKS);
	if (*equals != '=') {
		return at;
	}
	at = equals + 1 + strspn(equals + 1, BLANKS);
	char quote[2] = {*at, '\0'};
	bool quoted = *at == '"' || *at == '\'';
	at += quoted;
	length = strcspn(at, quoted ? quote : BLANKS ">");
	add_decoded(value, at, length);
	at += length;
	return at + (quoted && *at != '\0');
}

/* @return whether the tag has the attribute; its value goes to `value` */
static bool attribute(const char *tag, const char *wanted, struct text *value)
{
	struct text name = {0};
	struct text found = {0};
	bool has = false;
	const char *at = tag + strcspn(tag, BLANKS "/>");
	while (!has && (at = next_attribute(at, &name, &found)) != NULL) {
		has = strcasecmp(text_string(&name), wanted) == 0;
	}
	text_finish(value);
	if (has) {
		text_join(value, text_string(&found), NULL);
	}
	text_finish(&name);
	text_finish(&found);
	return has;
}

static bool is_tag(const char *at, const char *name)
{
	size_t length = strlen(name);
	return strncasecmp(at, name, length) == 0 && strchr(BLANKS "/>", at[length]) != NULL;
}

static const char *next_tag(const char *at)
{
	while ((at = strchr(at, '<')) != NULL && strncmp(at, "<!--", 4) == 0) {
		const char *end = strstr(at, "-->");
		at = end != NULL ? end : at + 4;
	}
	return at;
}

static void press(struct filling *filling, const struct input *input)
{
	bool approves = strcmp(text_string(&input->name), "decision") == 0
		&& strcmp(text_string(&input->value), "approve") == 0;
	if (input->name.length == 0 || (filling->button.length > 0 && !approves)
		|| filling->approves) {
		return;
	}
	text_finish(&filling->button);
	text_add_field(&filling->button, text_string(&input->name), text_string(&input->value));
	filling->approves = approves;
}

static void fill_input(struct filling *filling, const struct input *input)
{
	struct form *form = filling->form;
	const char *type = text_string(&input->type);
	const char *value = text_string(&input->value);
	if (strcasecmp(type, "submit") == 0) {
		press(filling, input);
		return;
	}
	if (input->name.length == 0 || strcasecmp(type, "reset") == 0
		|| strcasecmp(type, "button") == 0
		|| ((strcasecmp(type, "checkbox") == 0 || strcasecmp(type, "radio") == 0)
			&& !input->checked)) {
		return;
	}
	if (strcasecmp(type, "password") == 0) {
		form->wants_login = true;
		value = filling->password;
	} else if (*type == '\0' || strcasecmp(type, "text") == 0
		|| strcasecmp(type, "email") == 0) {
		form->wants_login = true;
		value = filling->user;
	}
	text_add_field(&form->fields, text_string(&input->name), value);
}

static void read_input(struct filling *filling, const char *tag, bool button)
{
	struct input input = {0};
	struct text unused = {0};
	attribute(tag, "type", &input.type);
	attribute(tag, "name", &input.name);
	attribute(tag, "value", &input.value);
	input.checked = attribute(tag, "checked", &unused);
	if (button && input.type.length == 0) {
		text_join(&input.type, "submit", NULL);
	}
	fill_input(filling, &input);
	text_finish(&input.type);
	text_finish(&input.name);
	text_finish(&input.value);
	text_finish(&unused);
}

static const char *find_form(const char *page)
{
	struct text method = {0};
	const char *at = next_tag(page);
	for (; at != NULL; at = next_tag(at + 1)) {
		if (is_tag(at, "<form") && attribute(at, "method", &method)
			&& strcasecmp(text_string(&method), "post") == 0) {
			break;
		}
	}
	text_finish(&method);
	return at;
}

bool form_fill(const char *page, const char *user, const char *password, struct form *form)
{
	struct filling filling = {.form = form, .user = user, .password = password};
	form_finish(form);
	const char *at = find_form(page);
	if (at == NULL) {
		return false;
	}
	attribute(at, "action", &form->action);
	for (at = next_tag(at + 1); at != NULL && !is_tag(at, "</form"); at = next_tag(at + 1)) {
		bool button = is_tag(at, "<button");
		if (button || is_tag(at, "<input")) {
			read_input(&filling, at, button);
		}
	}
	if (filling.button.length > 0) {
		text_join(&form->fields, form->fields.length > 0 ? "&" : "",
			text_string(&filling.button), NULL);
	}
	text_finish(&filling.button);
	return true;
}

void form_finish(struct form *form)
{
	text_finish(&form->action);
	text_finish(&form->fields);
	form->wants_login = false;
}
