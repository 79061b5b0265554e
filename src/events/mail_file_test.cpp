#include "events/mail_file.hpp"

#include "events/test_house.hpp"

namespace tocsin::events {
namespace {

namespace fs = std::filesystem;

std::string attachment(std::string_view name, std::string_view bytes) {
    return fmt::format(
        "--b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=\"{}\"\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n{}\r\n",
        name, to_base64(bytes));
}

std::string mail(std::string const& attachments) {
    return "From: feed@sender.example\r\nTo: reports@cirt.example\r\nSubject: Reports\r\nMIME-Version: 1.0\r\n"
           "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSee below.\r\n" +
           attachments + "--b--\r\n";
}

TEST_F(EngineTest, AMailIsReadByItsAttachmentsAlsoThoseOfMailsInside) {
    auto const one = line("192.0.2.1", "2026-11-22T01:00:00Z") + "\n";
    auto const two = line("192.0.2.2", "2026-11-22T01:00:00Z") + "\n";
    auto const named = mail(attachment("one.jsonl", one) + attachment("inner.eml", mail(attachment("two.jsonl", two))) +
                            attachment("logo.png", "no report"));
    auto const good = report("reports.eml", {named});
    EXPECT_EQ(ingest(good).events, 2);
    auto const again = ingest(good);
    EXPECT_EQ(again.events, 0);
    EXPECT_EQ(again.redelivered, 2);
    EXPECT_FALSE(fs::exists(folder / "unpacked"));
}

}  // namespace
}  // namespace tocsin::events
