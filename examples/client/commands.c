/* What somebody may type. */
#include "commands.h"

#include "report.h"
#include "say.h"

#include <stdlib.h>
#include <string.h>

#define BLANKS " \t"

static const char help[] =
	"list               the tools that there are\n"
	"call NAME [JSON]   call one, with an object of arguments\n"
	"logout             revoke the tokens and forget them; the next command logs in anew\n"
	"help               this text\n"
	"quit               end, as Ctrl-D does";

#define TOOLS 64

/* The beginnings of lines that make sense; calls of those tools that were listed. */
struct starts {
	struct text calls[TOOLS];
	const char *all[TOOLS + 6];
};

static void finish_starts(struct starts *starts)
{
	for (size_t i = 0; i < TOOLS; i++) {
		text_finish(&starts->calls[i]);
	}
}

static void set_starts(struct starts *starts, const cJSON *tools)
{
	static const char *const words[] = {"list", "call ", "logout", "help", "quit"};
	const cJSON *tool = NULL;
	size_t count = 0;
	size_t known = 0;
	finish_starts(starts);
	while (known < sizeof(words) / sizeof(words[0])) {
		starts->all[known] = words[known];
		known++;
	}
	cJSON_ArrayForEach(tool, tools)
	{
		const char *name = json_string(tool, "name");
		if (name != NULL && count < TOOLS && name[strcspn(name, "\r\n\t\033")] == '\0') {
			text_join(&starts->calls[count], "call ", name, " ", NULL);
			starts->all[known++] = text_string(&starts->calls[count++]);
		}
	}
	starts->all[known] = NULL;
}

static bool list(struct session *session, struct starts *starts)
{
	cJSON *tools = session_list(session);
	bool ok = tools != NULL;
	if (ok) {
		report_tools(tools);
		set_starts(starts, tools);
	}
	cJSON_Delete(tools);
	return ok;
}

static bool call(struct session *session, const char *words)
{
	size_t length = strcspn(words, BLANKS);
	const char *arguments = words + length + strspn(words + length, BLANKS);
	if (length == 0 || *words == '{') {
		return complain("call what? As in: call NAME {\"some\": \"argument\"}");
	}
	arguments = *arguments != '\0' ? arguments : "{}";
	cJSON *object = json_parse(arguments, strlen(arguments));
	if (object == NULL) {
		return complain(
			"the arguments are no JSON object; as in: {\"some\": \"argument\"}");
	}
	cJSON_Delete(object);
	struct text tool = {0};
	text_add(&tool, words, length);
	bool ok = session_call(session, text_string(&tool), arguments);
	text_finish(&tool);
	return ok;
}

static bool log_out(struct session *session)
{
	session_forget(session);
	return access_log_out(session->access);
}

static bool is_word(const char *line, size_t length, const char *word)
{
	return strlen(word) == length && strncmp(line, word, length) == 0;
}

static bool obey(struct session *session, struct starts *starts, const char *line, bool *quits)
{
	size_t length = strcspn(line, BLANKS);
	const char *rest = line + length + strspn(line + length, BLANKS);
	if (is_word(line, length, "call")) {
		return call(session, rest);
	}
	if (*rest != '\0') {
		return complain("%.*s takes no more words; see help", (int)length, line);
	}
	if (is_word(line, length, "list")) {
		return list(session, starts);
	}
	if (is_word(line, length, "logout")) {
		return log_out(session);
	}
	if (is_word(line, length, "help")) {
		tell("%s", help);
		return true;
	}
	*quits = is_word(line, length, "quit") || is_word(line, length, "exit");
	return *quits || length == 0
		|| complain("there is no command %.*s; see help", (int)length, line);
}

/* The line is overwritten where somebody pastes an address meanwhile. */
static char *next_command(struct lines *lines)
{
	const char *line = lines_read(lines, "mcp> ");
	if (line == NULL) {
		return NULL;
	}
	line += strspn(line, BLANKS);
	size_t length = strlen(line);
	while (length > 0 && strchr(BLANKS "\r", line[length - 1]) != NULL) {
		length--;
	}
	char *command = copy_string(line);
	command[length] = '\0';
	return command;
}

bool commands_run(struct session *session, struct lines *lines)
{
	bool ok = true;
	bool quits = false;
	char *command = NULL;
	struct starts starts = {0};
	set_starts(&starts, NULL);
	lines_offer(lines, starts.all);
	if (lines_are_typed(lines)) {
		tell("`help` says what to type");
	}
	while (!quits && (command = next_command(lines)) != NULL) {
		ok = obey(session, &starts, command, &quits) && ok;
		free(command);
	}
	lines_offer(lines, NULL);
	finish_starts(&starts);
	/* A person has seen what went wrong. */
	return ok || lines_are_typed(lines);
}
