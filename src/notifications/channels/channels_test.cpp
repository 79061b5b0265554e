#include "notifications/channels.hpp"

#include "notifications/channels/channel.hpp"
#include "notifications/impl.hpp"
#include "notifications/test_house.hpp"

namespace tocsin::notifications {
namespace {

Digest digest_of(std::int64_t organisation, int lines, std::string tlp = "AMBER") {
    Digest digest{.organisation = {organisation},
                  .organisation_name = "Northern Power <b>@here",
                  .recipient = {organisation},
                  .recipient_name = "Northern Power",
                  .message_id = "k1@cirt.example",
                  .lines = {}};
    for (int i = 0; i < lines; ++i) {
        digest.lines.push_back(line_of(finding(organisation, i + 1), false));
        digest.lines.back().tlp = tlp;
    }
    return digest;
}

/// A dispatch about so many findings, cleared by a gate.
class DispatchOf {
  public:
    explicit DispatchOf(int lines, std::string language = "en")
        : settings(TestHouse::test_settings()),
          cleared(*house.gate->clear(digest_of(3, lines), gate::Recipient::constituent({3}, "Northern Power"))) {
        dispatch = {.id = {7},
                    .key = "k1@cirt.example",
                    .to = "https://hook.example/x",
                    .digest = &cleared,
                    .language = std::move(language),
                    .subject = "s",
                    .link = "https://cirt.example/o/token",
                    .created = at("2026-11-23T10:00:00Z"),
                    .link_expires = at("2027-02-21T10:00:00Z"),
                    .now = at("2026-11-23T10:05:00Z"),
                    .channel = {},
                    .secret = "secret",
                    .settings = &settings};
    }
    TestHouse house;
    Settings settings;
    gate::Cleared<Digest> cleared;
    Dispatch dispatch;
};

TEST(Webhook, TheSameWarningHasTheSameBodyAndASignatureOverTimeAndBody) {
    DispatchOf of(2);
    auto const body = webhook_body(of.dispatch);
    EXPECT_EQ(body, webhook_body(of.dispatch));
    EXPECT_TRUE(body.contains(R"("source.ip":"192.0.2.1")")) << body;
    EXPECT_TRUE(body.contains(R"("tlp":"TLP:AMBER")"));
    // echo -n '1790000000.{}' | openssl dgst -sha256 -hmac secret
    EXPECT_EQ(webhook_signature("secret", Timestamp::from_seconds(1'790'000'000), "{}"),
              "t=1790000000,v1=d0cadd434460d4af55e7ab90d79c1802591d7001a77c9e06471d0e3ec8cc85ae");
}

TEST(Chat, SaysNoMoreThanTheRoomsMarkingAllows) {
    DispatchOf of(3);
    of.dispatch.channel.tlp = gate::Tlp::green;
    EXPECT_EQ(chat_text(of.dispatch), "CIRT of Freedonia has a new warning for you.\nhttps://cirt.example/o/token");
    of.dispatch.channel.tlp = gate::Tlp::amber;
    auto const text = chat_text(of.dispatch);
    EXPECT_TRUE(text.contains("3 findings")) << text;
    EXPECT_FALSE(text.contains("192.0.2"));
}

TEST(Sms, LengthIsCountedAsTheNetworksDo) {
    EXPECT_EQ(sms_length(std::string(160, 'a')).parts, 1);
    EXPECT_EQ(sms_length(std::string(161, 'a')).parts, 2);
    EXPECT_EQ(sms_length(std::string(307, 'a')).parts, 3);
    EXPECT_EQ(sms_length("\u20ac").units, 2);
    EXPECT_TRUE(sms_length("é à £").is_gsm);
    EXPECT_FALSE(sms_length("ç").is_gsm);
    auto const arabic = sms_length("تحذير");
    EXPECT_FALSE(arabic.is_gsm);
    EXPECT_EQ(arabic.units, 5);
    EXPECT_EQ(sms_length("\U0001f6a8").units, 2);
}

TEST(Sms, IsShortenedToTheLinkWhenItWouldTakeTooMany) {
    DispatchOf of(2, "ru");
    EXPECT_TRUE(sms_text(of.dispatch).ends_with("https://cirt.example/o/token"));
    EXPECT_TRUE(sms_text(of.dispatch).contains("в вашей сети"));
    of.settings.channels.most_sms_parts = 1;
    EXPECT_EQ(sms_text(of.dispatch), "CIRT of Freedonia https://cirt.example/o/token");
}

Settings with_letters() {
    auto settings = TestHouse::test_settings();
    settings.channels.letters = true;
    return settings;
}

constituency::ContactId contact_of(TestHouse& house, std::int64_t organisation, std::string phone,
                                   std::string webhook) {
    constituency::ContactDraft draft;
    draft.organisation = {organisation};
    draft.name = "Ada Martin";
    draft.phone = std::move(phone);
    draft.webhook = std::move(webhook);
    return house.people->directory().add(draft, access::command_principal())->id;
}

TEST(Letters, AnOwnerWithoutMailGetsOneThatAPersonPrintsAndPosts) {
    TestHouse house(with_letters());
    for (std::string const language : {"en", "fr", "es", "ru", "ar", "zh"}) {
        auto const power = house.organisation("Power " + language, language);
        contact_of(house, power, "+1 555 0100", "");
        house.findings.push_back(finding(power, static_cast<int>(power)));
    }
    ASSERT_EQ(house.plan().notifications, 6);
    ASSERT_TRUE(house.room->send_due());
    Channels channels(*house.room);
    auto const waiting = *channels.letters();
    ASSERT_EQ(waiting.size(), 6U);
    EXPECT_EQ(waiting[0].to, "Ada Martin");
    EXPECT_EQ(house.all().front().channel, "letter");
    EXPECT_EQ(house.outbox(), 0U);
    for (auto const& letter : waiting) {
        auto const pdf = channels.print(letter.notification, access::command_principal());
        ASSERT_TRUE(pdf) << letter.language << ": " << pdf.error().message;
        EXPECT_TRUE(pdf->starts_with("%PDF")) << letter.language;
    }
    EXPECT_TRUE(channels.letters()->at(0).printed);
    std::vector<NotificationId> const ids{waiting[0].notification, waiting[1].notification};
    EXPECT_EQ(*channels.posted(ids, access::command_principal()), 2);
    EXPECT_EQ(*channels.posted(ids, access::command_principal()), 0);
    EXPECT_EQ(channels.letters()->size(), 4U);
    EXPECT_EQ(channels.letters(true)->size(), 6U);
    EXPECT_EQ(house.room->show(ids[0])->timeline.back().what, "posted");
}

TEST(Channels, AWebhookIsUsedOnlyWhenItWasSetUpAndMailComesFirst) {
    TestHouse house(with_letters());
    auto const power = house.organisation("Northern Power Company");
    auto const contact = contact_of(house, power, "", "https://hook.power.example/tocsin");
    house.findings = {finding(power, 1)};
    Channels channels(*house.room);
    auto const groups = house.room->plan(access::server_principal(), {.dry_run = true, .ignore_interval = true});
    EXPECT_EQ(groups->items.at(0).to, std::vector<std::string>{"Ada Martin"});
    auto const secret = channels.set({.contact = contact}, "", access::command_principal());
    ASSERT_TRUE(secret) << secret.error().message;
    EXPECT_TRUE(secret->starts_with("whsec_"));
    EXPECT_EQ(house.plan(true).items.at(0).to, std::vector<std::string>{"https://hook.power.example/tocsin"});
    house.contact(power, "abuse@power.example");
    EXPECT_EQ(house.plan(true).items.at(0).to, std::vector<std::string>{"abuse@power.example"});
    EXPECT_EQ(
        channels.set({.contact = contact, .kind = ChannelKind::matrix}, "t", access::command_principal()).error().code,
        Code::invalid);
    EXPECT_EQ(
        channels.set({.contact = contact, .kind = ChannelKind::sms}, "", access::command_principal()).error().code,
        Code::invalid);
    EXPECT_TRUE(channels.remove(contact, access::command_principal()));
    EXPECT_EQ(channels.remove(contact, access::command_principal()).error().code, Code::not_found);
}

TEST(Channels, AfterAKillAWebhookIsSentAgainAndAChatIsUncertain) {
    TestHouse house;
    Channels channels(*house.room);
    for (auto const kind : {ChannelKind::webhook, ChannelKind::mattermost}) {
        auto const organisation = house.organisation(std::string(name_of(kind)));
        auto const contact = contact_of(house, organisation, "", fmt::format("https://{}.example/x", name_of(kind)));
        ASSERT_TRUE(channels.set({.contact = contact, .kind = kind}, "", access::command_principal()));
        house.findings.push_back(finding(organisation, static_cast<int>(organisation)));
    }
    ASSERT_EQ(house.plan().notifications, 2);
    auto const boot = boot_name();
    auto const jobs = *house.ledger->write(
        [&](store::Transaction& tx) { return tables::claim(tx, house.clock.now(), {boot, boot}, 10); });
    ASSERT_EQ(jobs.size(), 2U);
    auto const journal = SendJournal::open(house.path / "sending.journal");
    for (auto const& job : jobs) ASSERT_TRUE(mark_end(journal->descriptor(), {job.id.value, job.attempt}));
    house.open();
    for (auto const& one : house.all()) {
        EXPECT_EQ(one.state, one.channel == "webhook" ? State::queued : State::sent) << one.channel;
        EXPECT_EQ(one.is_uncertain, one.channel == "mattermost") << one.channel;
    }
}

TEST(Channels, AnOwnersOwnWebhookComesBeforeTheMailOfSomebodyAbove) {
    TestHouse house(with_letters());
    auto const sector = house.organisation("Sector CIRT");
    house.contact(sector, "desk@sector.example");
    auto const power = house.organisation("Northern Power Company", "en", sector);
    auto const contact = contact_of(house, power, "+1 555 0100", "https://hook.power.example/tocsin");
    house.findings = {finding(power, 1)};
    EXPECT_EQ(house.plan(true).items.at(0).to, std::vector<std::string>{"desk@sector.example"});
    Channels channels(*house.room);
    ASSERT_TRUE(channels.set({.contact = contact}, "", access::command_principal()));
    EXPECT_EQ(house.plan(true).items.at(0).to, std::vector<std::string>{"https://hook.power.example/tocsin"});
    constituency::DoNotContactDraft unwanted;
    unwanted.organisation = {power};
    unwanted.reason = "asked";
    ASSERT_TRUE(house.people->directory().add(unwanted, access::command_principal()));
    EXPECT_EQ(house.plan(true).items.at(0).to, std::vector<std::string>{"desk@sector.example"});
}

TEST(Channels, AWebhookThatWasRemovedGetsNothing) {
    TestHouse house;
    auto const power = house.organisation("Northern Power Company");
    auto const contact = contact_of(house, power, "", "https://hook.power.example/tocsin");
    house.findings = {finding(power, 1)};
    Channels channels(*house.room);
    ASSERT_TRUE(channels.set({.contact = contact}, "", access::command_principal()));
    EXPECT_EQ(house.plan().notifications, 1);
    EXPECT_TRUE(channels.remove(contact, access::command_principal()));
    ASSERT_TRUE(house.room->send_due());
    ASSERT_EQ(house.all().size(), 1U);
    EXPECT_EQ(house.all().front().state, State::failed);
    EXPECT_TRUE(house.all().front().error.contains("not set up")) << house.all().front().error;
}

}  // namespace
}  // namespace tocsin::notifications
